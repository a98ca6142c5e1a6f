//! The deconvolution of Multi-Scale's coarse image (paper, section 3.7), as one matrix product per block of pixels.

use candle_core::{Result, Tensor};

use crate::kernels::extent::Extent;

/// The deconvolution: `coarse` is `[blocks, 9 · K]`, `weight` `[9 · K, ratio² · maps]`; the result is `[pixels, maps]`.
pub(crate) fn deconvolution(
    coarse: &Tensor,
    weight: &Tensor,
    extent: Extent,
    ratio: usize,
) -> Result<Tensor> {
    let (rows, columns) = (extent.height.div_ceil(ratio), extent.width.div_ceil(ratio));
    let product = coarse.matmul(weight)?;
    let maps = product.dim(1)? / (ratio * ratio);
    let blocks = product.reshape(&[rows, columns, extent.batch, ratio, ratio, maps][..])?;
    let pixels = blocks.permute([0, 3, 1, 4, 2, 5])?.contiguous()?;
    let image = pixels.reshape((rows * ratio, columns * ratio, extent.batch * maps))?;
    let image = image
        .narrow(0, 0, extent.height)?
        .narrow(1, 0, extent.width)?;
    image.contiguous()?.reshape((extent.pixels(), maps))
}
