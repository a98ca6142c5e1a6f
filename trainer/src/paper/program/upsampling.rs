//! The upsampling path of Multi-Scale's fine network (paper, section 3.7): a deconvolution makes `c` maps of the size
//! of the image from the coarse image, a 1×1 layer follows; every layer of the network adds an unmasked 1×1 convolution
//! of them.
//!
//! The deconvolution reads the 3×3 coarse pixels around a pixel's block ([`COARSE_TAPS`](pxc_codec::COARSE_TAPS)), with
//! weights for each position in a block.

use crate::kernels::grid::Grid;
use crate::paper::program::builder::Builder;
use crate::paper::program::operation::{Kind, MapId};

/// Adds the two layers; the second one conditions the layers of the network.
pub(crate) fn layers(builder: &mut Builder, maps: usize) -> MapId {
    let first = builder.push("upsample.0", maps, Grid::RECTIFIED, Kind::Upsample);
    let kind = Kind::Conv {
        inputs: Vec::new(),
        taps: Vec::new(),
        condition: Some(first),
        residual: None,
    };
    builder.push("upsample.1", maps, Grid::RECTIFIED, kind)
}
