//! The Row LSTM layer (paper, section 3.1): a 3×1 masked (B) input-to-state convolution along the row, a 3×1
//! state-to-state convolution of the row above, 1×1 up to 2h, added to the input.

use crate::kernels::extent::Tap;
use crate::kernels::grid::Grid;
use crate::kernels::lstm::walk::Walk;
use crate::paper::config::PaperConfig;
use crate::paper::program::builder::{Block, Builder};
use crate::paper::program::operation::{Kind, MapId};

/// The pixels that the masked input-to-state convolution of size 3 reads.
const TAPS: [Tap; 2] = [(0, -1), (0, 0)];

/// Adds a layer on top of `stream`.
pub(crate) fn layer(
    builder: &mut Builder,
    config: &PaperConfig,
    index: usize,
    stream: MapId,
) -> Block {
    let kind = Kind::Lstm {
        input: stream,
        taps: TAPS.to_vec(),
        condition: builder.condition,
        walk: Walk::Rows,
    };
    let name = format!("layer.{index}.lstm");
    let hidden = builder.push(&name, config.hidden, Grid::HIDDEN, kind);
    builder.up(&format!("layer.{index}.up"), hidden, stream)
}
