//! The upsampling path of Multi-Scale's fine network (paper, section 3.7): a deconvolution makes `c` maps of the size of the image
//! from the coarse image, a 1×1 layer follows; every layer of the network adds an unmasked 1×1 convolution of them.
//!
//! The deconvolution reads the 3×3 coarse pixels around a pixel's block ([`COARSE_TAPS`](pxc_codec::COARSE_TAPS)), with weights for
//! each place in a block.

use candle_core::{Result, Tensor};

use super::extent::Extent;
use super::program::{Builder, Kind, MapId};
use crate::numeric::Grid;

/// Adds the two layers; the second one is what conditions the others.
pub(super) fn layers(builder: &mut Builder, maps: usize) -> MapId {
    let first = builder.push("upsample.0", maps, Grid::RECTIFIED, Kind::Upsample);
    let kind = Kind::Conv {
        inputs: Vec::new(),
        taps: Vec::new(),
        condition: Some(first),
        residual: None,
    };
    builder.push("upsample.1", maps, Grid::RECTIFIED, kind)
}

/// The deconvolution: `coarse` is `[blocks, 9 · K]`, `weight` `[9 · K, ratio² · maps]`; the result is `[pixels, maps]`.
pub(super) fn deconvolution(
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
