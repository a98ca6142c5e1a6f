//! PixelCNN's residual block (paper, figure 5 and section 3.6): ReLU, 1×1 (2h → h), ReLU, 3×3 mask B (h → h), ReLU, 1×1
//! (h → 2h), added to the input.

use crate::kernels::extent::Tap;
use crate::kernels::grid::Grid;
use crate::paper::config::PaperConfig;
use crate::paper::program::builder::{Block, Builder};
use crate::paper::program::operation::{Kind, MapId};

/// The pixels that a masked 3×3 convolution reads.
const TAPS: [Tap; 5] = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 0)];

/// Adds a block on top of `stream`.
pub(crate) fn block(
    builder: &mut Builder,
    config: &PaperConfig,
    index: usize,
    stream: MapId,
) -> Block {
    let name = |part: &str| format!("block.{index}.{part}");
    let (hidden, wide) = (config.hidden, 2 * config.hidden);
    let positive = Kind::Rectify(stream);
    let positive = builder.push(&name("rectified"), wide, Grid::RECTIFIED, positive);
    let down = builder.pointwise(&name("down"), hidden, Grid::RECTIFIED, vec![positive]);
    let kind = Kind::Conv {
        inputs: vec![down],
        taps: TAPS.to_vec(),
        condition: builder.condition,
        residual: None,
    };
    let inner = builder.push(&name("conv"), hidden, Grid::RECTIFIED, kind);
    builder.up(&name("up"), inner, stream)
}
