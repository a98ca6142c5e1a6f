//! The errors of the predictors around a sample (`docs/format.md`, *Deep predictors*).
//!
//! Each column remembers the errors of its samples, of which each counts half as much as the one below it.

use crate::coders::deep::dimensions::{ByPredictor, PREDICTORS};

/// Columns on each side that are never in the tile.
const MARGIN: usize = 4;
/// The errors of a column, of each predictor, and zeros.
type Column = [i32; 8];
/// Of columns that nothing is known of.
const FIRST: Column = [128; 8];
/// The weights of the columns x − 4 to x + 3.
const WEIGHTS: [i32; 8] = [1, 2, 3, 4, 4, 3, 2, 1];

/// The errors of one plane.
pub(crate) struct ColumnErrors {
    columns: Vec<Column>,
    /// Of the sample coded last, in sixteenths of a sample.
    pub(crate) latest: ByPredictor<i32>,
}

impl ColumnErrors {
    /// Bytes for a column.
    pub(crate) const COLUMN_BYTES: u64 = size_of::<Column>() as u64;

    pub(crate) fn new() -> ColumnErrors {
        ColumnErrors {
            columns: Vec::new(),
            latest: [0; PREDICTORS],
        }
    }

    pub(crate) fn start_tile(&mut self, width: usize) {
        self.columns.clear();
        self.columns.resize(width + 2 * MARGIN, FIRST);
    }

    /// Keeps the errors of column `x`, in sixteenths of a sample.
    #[inline(always)]
    pub(crate) fn keep(&mut self, x: usize, errors: ByPredictor<i32>) {
        self.latest = errors;
        for (sum, error) in self.columns[x + MARGIN].iter_mut().zip(errors) {
            *sum = (*sum >> 1) + error;
        }
    }

    /// The weighted errors around column `x`: six times their mean.
    #[inline(always)]
    pub(crate) fn around(&self, x: usize) -> ByPredictor<i32> {
        let mut sums = [0_i64; PREDICTORS];
        for (column, weight) in self.columns[x..].iter().zip(WEIGHTS) {
            for (sum, &error) in sums.iter_mut().zip(column) {
                *sum += i64::from(weight) * i64::from(error);
            }
        }
        sums.map(|sum| (sum * 3 / 20) as i32)
    }
}
