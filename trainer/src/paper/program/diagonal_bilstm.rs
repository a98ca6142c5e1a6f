//! The Diagonal BiLSTM layer (paper, section 3.2): two LSTMs along the diagonals with 1×1 masked (B) input-to-state and
//! 2×1 state-to-state convolutions; the right-to-left map is shifted down by one row and added; 1×1 up to 2h, added to
//! the input.

use crate::kernels::grid::Grid;
use crate::kernels::lstm::walk::Walk;
use crate::paper::config::PaperConfig;
use crate::paper::program::builder::{Block, Builder};
use crate::paper::program::operation::{Kind, MapId};

/// The values of the sum of two hidden states.
const JOINED: Grid = Grid {
    step: Grid::HIDDEN.step,
    low: 2 * Grid::HIDDEN.low,
    high: 2 * Grid::HIDDEN.high,
};

/// Adds a layer on top of `stream`.
pub(crate) fn layer(
    builder: &mut Builder,
    config: &PaperConfig,
    index: usize,
    stream: MapId,
) -> Block {
    let mut half = |side: &str, walk| {
        let kind = Kind::Lstm {
            input: stream,
            taps: vec![(0, 0)],
            condition: builder.condition,
            walk,
        };
        let name = format!("layer.{index}.{side}");
        builder.push(&name, config.hidden, Grid::HIDDEN, kind)
    };
    let left = half("left", Walk::Diagonals);
    let right = half("right", Walk::MirroredDiagonals);
    let kind = Kind::Join { left, right };
    let joined = builder.push(&format!("layer.{index}.join"), config.hidden, JOINED, kind);
    builder.up(&format!("layer.{index}.up"), joined, stream)
}
