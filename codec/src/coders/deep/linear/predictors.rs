//! The linear predictors of a plane (`docs/format.md`, *Deep predictors*).

use crate::coders::deep::dimensions::{
    ByPredictor, CLASSES, LEAST_SQUARES, MEAN_UNIT, PREDICTORS, WEIGHTED,
};
use crate::coders::deep::linear::least_squares::{LeastSquares, Scaled, learn};
use crate::coders::deep::linear::prediction::{Prediction, SampleRange};
use crate::coders::deep::linear::regressors::Regressors;
use crate::coders::linear::mean_errors::{MeanErrors, class, smallest_sum};
use crate::simd::InstructionSet;

/// Bands of columns that have predictors of their own. After the last, the first is used again.
const BANDS: usize = 128;
const WIDE_BANDS: usize = 32;
/// Columns of a band.
const BAND: usize = 16;
const WIDE_BAND: usize = 64;
/// Decays, as powers of two: of all columns, of a band, of a band shifted by half of it, of a wide band.
const DECAYS: [u32; LEAST_SQUARES] = [12, 7, 8, 10];
/// Samples after which weights move.
const BETWEEN: [usize; LEAST_SQUARES] = [16, 8, 8, 16];
/// How much a mean counts in the weighted mean, by how much its class exceeds the least: 2^(16 − 3·classes/4).
const TRUST: [i64; 4] = [65_536, 38_968, 23_170, 13_777];
/// 1024 · 256 / (64 · 0.7), of 2^16.
const RECIPROCAL: i64 = 383_479_222;
/// The gain of a sample whose neighbours had no errors, and how it falls with the errors: 16 to one mean error.
const GAIN: i64 = (16 * 6 * 16) << 16;
const LEAST_ERRORS: i64 = 24;

/// The predictors of one plane.
pub(crate) struct LinearPredictors {
    all: LeastSquares,
    bands: Vec<LeastSquares>,
    shifted_bands: Vec<LeastSquares>,
    wide_bands: Vec<LeastSquares>,
    scales: ByPredictor<MeanErrors<CLASSES>>,
    range: SampleRange,
}

/// The bands of a column.
#[inline(always)]
fn bands(x: usize) -> [usize; 3] {
    [
        x / BAND % BANDS,
        (x + BAND / 2) / BAND % BANDS,
        x / WIDE_BAND % WIDE_BANDS,
    ]
}

impl LinearPredictors {
    /// Bytes of memory.
    pub(crate) const BYTES: usize =
        size_of::<LinearPredictors>() + (2 * BANDS + WIDE_BANDS) * size_of::<LeastSquares>();

    /// Of a plane that `earlier` planes are coded before.
    pub(crate) fn new(earlier: usize, range: SampleRange) -> LinearPredictors {
        let new = |which: usize| LeastSquares::new(DECAYS[which], BETWEEN[which]);
        let many = |which, count| (0..count).map(|_| new(which)).collect();
        let weights = if earlier == 0 { 6 } else { 8 };
        LinearPredictors {
            all: new(0),
            bands: many(1, BANDS),
            shifted_bands: many(2, BANDS),
            wide_bands: many(3, WIDE_BANDS),
            scales: std::array::from_fn(|_| MeanErrors::new(weights)),
            range,
        }
    }

    /// What is predicted for column `x`, with these errors around it.
    #[inline(always)]
    pub(crate) fn predict(
        &self,
        regressors: &Regressors,
        errors: &ByPredictor<i32>,
        x: usize,
    ) -> Prediction {
        let [band, shifted, wide] = bands(x);
        let predictors = [
            &self.all,
            &self.bands[band],
            &self.shifted_bands[shifted],
            &self.wide_bands[wide],
        ];
        let mut means = [0; PREDICTORS];
        let mut classes = [0; PREDICTORS];
        let SampleRange { smallest, largest } = self.range;
        let edge = |sample: i32, beyond: i32| i64::from(sample * MEAN_UNIT + beyond);
        let least = edge(smallest, -MEAN_UNIT / 2);
        let most = edge(largest, MEAN_UNIT / 2);
        for (mean, predictor) in means.iter_mut().zip(predictors) {
            *mean = predictor.predict(regressors).clamp(least, most) as i32;
        }
        for (class_of, &errors) in classes.iter_mut().zip(errors) {
            *class_of = class(errors as u32).min(CLASSES - 1);
        }
        means[WEIGHTED] = weighted(&means, &classes);
        let error = |which: usize| self.scales[which].error(classes[which]);
        Prediction {
            means,
            classes,
            reciprocals: std::array::from_fn(|which| RECIPROCAL / i64::from(error(which))),
            error: error(WEIGHTED),
            range: self.range,
        }
    }

    /// Learns a sample of column `x`, and returns the errors of the predictors, in sixteenths of a sample.
    #[inline(always)]
    pub(crate) fn learn(
        &mut self,
        prediction: &Prediction,
        regressors: &Regressors,
        x: usize,
        sample: i32,
        instructions: InstructionSet,
    ) -> ByPredictor<i32> {
        let errors = prediction.means.map(|mean| sample * MEAN_UNIT - mean);
        for (which, scale) in self.scales.iter_mut().enumerate() {
            scale.learn(prediction.classes[which], errors[which].abs());
        }
        let sum = smallest_sum(prediction.class()) + 4;
        let scaled = Scaled::new(regressors, GAIN / sum.max(LEAST_ERRORS));
        let [band, shifted, wide] = bands(x);
        let predictors = [
            &mut self.all,
            &mut self.bands[band],
            &mut self.shifted_bands[shifted],
            &mut self.wide_bands[wide],
        ];
        let [a, b, c, d, _] = errors;
        learn(predictors, &scaled, [a, b, c, d], instructions);
        errors.map(|error| error.abs() >> 2)
    }
}

/// The weighted mean. Predictors with smaller errors around count more.
#[inline(always)]
fn weighted(means: &ByPredictor<i32>, classes: &ByPredictor<usize>) -> i32 {
    let classes = &classes[..LEAST_SQUARES];
    let least = classes.iter().copied().min().unwrap_or(0);
    let (mut sum, mut total) = (0, 0);
    for (&mean, class) in means.iter().zip(classes) {
        let excess = class - least;
        let trust = (TRUST[excess % 4] >> (3 * (excess / 4)).min(63)).max(1);
        sum += trust * i64::from(mean);
        total += trust;
    }
    sum.div_euclid(total) as i32
}
