//! The order in which an LSTM walks over a map, and which earlier states it reads.
//!
//! A step updates a range of *cells* at once from the cells of the step before: Row LSTM walks row by row and a cell is
//! a column; Diagonal LSTM walks over the paper's skewed map column by column and a cell is a row.

use std::ops::Range;

use crate::kernels::extent::{Extent, Tap};

/// How an LSTM walks over a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Walk {
    /// Downwards, row by row (Row LSTM).
    Rows,
    /// To the right, diagonal by diagonal (Diagonal BiLSTM).
    Diagonals,
    /// To the left, diagonal by diagonal (Diagonal BiLSTM).
    MirroredDiagonals,
}

impl Walk {
    /// The pixels whose hidden states a pixel reads.
    pub fn state_taps(self) -> &'static [Tap] {
        match self {
            Walk::Rows => &[(-1, -1), (-1, 0), (-1, 1)],
            Walk::Diagonals => &[(-1, 0), (0, -1)],
            Walk::MirroredDiagonals => &[(-1, 0), (0, 1)],
        }
    }

    /// The pixel whose cell state a pixel continues.
    pub fn cell_tap(self) -> Tap {
        match self {
            Walk::Rows => (-1, 0),
            Walk::Diagonals => (0, -1),
            Walk::MirroredDiagonals => (0, 1),
        }
    }

    /// How many cells further each of [`state_taps`](Walk::state_taps) is in the previous step.
    pub(crate) fn cell_shifts(self) -> &'static [isize] {
        match self {
            Walk::Rows => &[-1, 0, 1],
            Walk::Diagonals | Walk::MirroredDiagonals => &[-1, 0],
        }
    }

    /// Steps over a map.
    pub(crate) fn steps(self, extent: Extent) -> usize {
        match self {
            Walk::Rows => extent.height,
            Walk::Diagonals | Walk::MirroredDiagonals => extent.width + extent.height - 1,
        }
    }

    /// Cells of the state.
    pub(crate) fn cells(self, extent: Extent) -> usize {
        match self {
            Walk::Rows => extent.width,
            Walk::Diagonals | Walk::MirroredDiagonals => extent.height,
        }
    }

    /// The cells that have a pixel in a step.
    pub(crate) fn active(self, extent: Extent, step: usize) -> Range<usize> {
        match self {
            Walk::Rows => 0..extent.width,
            Walk::Diagonals | Walk::MirroredDiagonals => {
                (step + 1).saturating_sub(extent.width)..extent.height.min(step + 1)
            }
        }
    }

    /// Where the pixels of a cell start, in pixels of the batch.
    pub(crate) fn pixel(self, extent: Extent, step: usize, cell: usize) -> usize {
        match self {
            Walk::Rows => extent.at(step, cell),
            Walk::Diagonals => extent.at(cell, step - cell),
            Walk::MirroredDiagonals => extent.at(cell, extent.width - 1 - (step - cell)),
        }
    }
}
