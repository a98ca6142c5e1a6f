//! The prediction of a sample: several predictors, weighted by their errors nearby (`docs/format.md`, *General method*,
//! *Prediction*).
//!
//! In: the neighbours of a sample and, of planes coded before, those of another plane. Out: a prediction.

use std::ops::Range;

use crate::coders::tile_neighbors::TileNeighbors;

/// Predictors of a sample.
const PREDICTORS: usize = 11;
/// Predictors that need no other plane.
const OWN_PREDICTORS: usize = 8;
/// Larger errors count as this large.
const MAX_ERROR: u32 = u16::MAX as u32;

type PredictorErrors = [u16; PREDICTORS];

/// The errors of the predictors of one plane in this row and the one above.
pub(crate) struct PlanePredictor {
    /// `errors[x + 1]` is of column x: of this row to the west of the current pixel, else of the row above.
    errors: Vec<PredictorErrors>,
    /// The errors to the north-west, which this row has overwritten.
    north_west: PredictorErrors,
    predictions: [i32; PREDICTORS],
    used: usize,
}

/// The predictions that need no other plane.
fn own_predictions(around: &TileNeighbors<i32>) -> [i32; OWN_PREDICTORS] {
    let &TileNeighbors {
        west,
        north,
        north_west,
        north_east,
        west_west,
        north_north,
        north_north_east,
    } = around;
    [
        west,
        north,
        west + north - north_west,
        around.median(),
        west + north_east - north,
        north + north_east - north_north_east,
        2 * west - west_west,
        2 * north - north_north,
    ]
}

impl PlanePredictor {
    /// Bytes for a column.
    pub(crate) const COLUMN_BYTES: u64 = size_of::<PredictorErrors>() as u64;

    pub(crate) fn new() -> PlanePredictor {
        PlanePredictor {
            errors: Vec::new(),
            north_west: [0; PREDICTORS],
            predictions: [0; PREDICTORS],
            used: 0,
        }
    }

    pub(crate) fn start_tile(&mut self, width: usize) {
        self.errors.clear();
        self.errors.resize(width + 2, [0; PREDICTORS]);
    }

    /// The prediction for column `x`, in `0..=largest`. `before`: the sample of the plane coded before, and its
    /// neighbours.
    pub(crate) fn predict(
        &mut self,
        x: usize,
        around: &TileNeighbors<i32>,
        before: Option<(i32, TileNeighbors<i32>)>,
        largest: i32,
    ) -> i32 {
        self.update_predictions(around, before, largest);
        let [west, north, north_east] = [&self.errors[x], &self.errors[x + 1], &self.errors[x + 2]];
        let (mut sum, mut total) = (0u64, 0u64);
        for index in 0..self.used {
            let errors = [
                west[index],
                north[index],
                north_east[index],
                self.north_west[index],
            ];
            let error: u64 = errors.iter().map(|&error| u64::from(error)).sum::<u64>() + 1;
            let weight = (1 << 40) / (error * error);
            sum += weight * self.predictions[index] as u64;
            total += weight;
        }
        ((sum + total / 2) / total) as i32
    }

    fn update_predictions(
        &mut self,
        around: &TileNeighbors<i32>,
        before: Option<(i32, TileNeighbors<i32>)>,
        largest: i32,
    ) {
        self.predictions[..OWN_PREDICTORS].copy_from_slice(&own_predictions(around));
        self.used = OWN_PREDICTORS;
        if let Some((sample, other)) = before {
            let along = [
                around.west + sample - other.west,
                around.north + sample - other.north,
                around.median() + sample - other.median(),
            ];
            self.predictions[OWN_PREDICTORS..].copy_from_slice(&along);
            self.used = PREDICTORS;
        }
        for prediction in &mut self.predictions[..self.used] {
            *prediction = (*prediction).clamp(0, largest);
        }
    }

    /// Learns the errors of the predictors.
    pub(crate) fn learn(&mut self, x: usize, sample: i32) {
        let mut errors = [0; PREDICTORS];
        for (error, prediction) in errors.iter_mut().zip(&self.predictions[..self.used]) {
            *error = prediction.abs_diff(sample).min(MAX_ERROR) as u16;
        }
        self.store(x, errors);
    }

    /// The pixels of some columns, at least one, were candidates.
    pub(crate) fn skip(&mut self, columns: &Range<usize>) {
        self.errors[columns.start + 1..columns.end].fill([0; PREDICTORS]);
        self.store(columns.end - 1, [0; PREDICTORS]);
    }

    fn store(&mut self, x: usize, errors: PredictorErrors) {
        self.north_west = std::mem::replace(&mut self.errors[x + 1], errors);
        if x + 3 == self.errors.len() {
            self.errors[0] = [0; PREDICTORS];
            self.north_west = [0; PREDICTORS];
        }
    }
}
