//! The linear predictors of a channel (`docs/format.md`, *Refinement*, *Predictors*).
//!
//! In: the neighbourhood of a batch, and later its samples. Out: the inputs of the mixer that the predictors make.

use std::ops::Range;

use crate::coders::linear::mean_errors::smallest_sum;
use crate::coders::refinement::cells::{Neighborhood, TileCells};
use crate::coders::refinement::dimensions::{
    BANDS, HALF_BAND, LANES, LaneInts, LaneShorts, MEAN_UNIT, PREDICTORS, band,
};
use crate::coders::refinement::linear::gradient::Gradient;
use crate::coders::refinement::linear::input::{CLASSES, ErrorScale, LinearInput, weighted_means};
use crate::coders::refinement::linear::least_squares::LeastSquares;
use crate::coders::refinement::linear::products::{BatchProducts, add_residuals, pairs};
use crate::coders::refinement::linear::regressors::Regressors;
use crate::coders::refinement::linear::shared_products::add_to_all;
use crate::simd::InstructionSet;

/// Decays, as powers of two.
const BAND_DECAY: u32 = 2;
const SHIFTED_BAND_DECAY: u32 = 3;
/// The largest gain of a sample, of 64ths of an error.
const GAIN: i32 = 1 << 12;

/// How much a sample counts in least squares: less where its neighbours were hard to predict.
static GAINS: [i16; CLASSES] = {
    let mut gains = [1; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        let gain = GAIN / (64 + smallest_sum(class) as i32 + 4);
        gains[class] = if gain > 1 { gain as i16 } else { 1 };
        class += 1;
    }
    gains
};

/// The predictors of one channel.
pub(crate) struct Predictors {
    gradient: Gradient,
    bands: Vec<LeastSquares>,
    /// Bands shifted by half a band.
    shifted_bands: Vec<LeastSquares>,
    scales: [ErrorScale; PREDICTORS],
    regressors: Regressors,
}

/// The rows of a batch: the first, and their number.
#[derive(Clone, Copy)]
pub(crate) struct BatchRows {
    pub(crate) first: usize,
    pub(crate) count: usize,
}

impl BatchRows {
    /// The lanes in each half of the band.
    #[inline(always)]
    fn halves(self) -> [Range<usize>; 2] {
        let cut = HALF_BAND.saturating_sub(self.first % LANES).min(self.count);
        [0..cut, cut..self.count]
    }

    /// The shifted bands of both halves.
    #[inline(always)]
    fn shifted_bands(self) -> [usize; 2] {
        let band = band(self.first);
        [band, (band + 1) % BANDS]
    }
}

impl Predictors {
    /// Bytes of memory of the predictors of one channel, at most.
    pub(crate) const BYTES: usize = size_of::<Predictors>() + 2 * BANDS * size_of::<LeastSquares>();

    /// For tiles of at most `rows` rows.
    pub(crate) fn new(channel: usize, rows: usize) -> Predictors {
        // The second half of the last band is in one more shifted band.
        let count = (rows.div_ceil(LANES) + 1).min(BANDS);
        let bands = |decay| (0..count).map(|_| LeastSquares::new(decay)).collect();
        Predictors {
            gradient: Gradient::new(),
            bands: bands(BAND_DECAY),
            shifted_bands: bands(SHIFTED_BAND_DECAY),
            scales: std::array::from_fn(|_| ErrorScale::new(channel)),
            regressors: Regressors::none(),
        }
    }

    /// The inputs for the samples of `channel`, which is a channel and the number of channels.
    #[inline(always)]
    pub(crate) fn predict(
        &mut self,
        around: &Neighborhood<'_>,
        channel: (usize, usize),
        rows: BatchRows,
        (bases, medians): (&LaneShorts, &LaneShorts),
    ) -> [LinearInput; PREDICTORS] {
        self.regressors = Regressors::gather(around, channel, bases);
        let a = self.gradient.predict(around, channel, medians);
        let b = self.bands[band(rows.first)].predict(&self.regressors, bases);
        // Written out, here and below, since a closure would not be inlined.
        let [first, second] = rows.shifted_bands();
        let c = [
            self.shifted_bands[first].predict(&self.regressors, bases),
            self.shifted_bands[second].predict(&self.regressors, bases),
        ];
        let scales = &self.scales;
        let single = [
            scales[0].input(&a, around, channel.0, 0),
            scales[1].input(&b, around, channel.0, 1),
            scales[2].input(&joined(&c, rows), around, channel.0, 2),
        ];
        let weighted = scales[3].input(&weighted_means(&single), around, channel.0, 3);
        let [a, b, c] = single;
        [a, b, c, weighted]
    }

    /// Learns from the coded samples.
    #[inline(always)]
    pub(crate) fn learn(
        &mut self,
        inputs: &[LinearInput; PREDICTORS],
        samples: &[u8],
        rows: BatchRows,
        instructions: InstructionSet,
    ) {
        self.gradient.learn(samples, &inputs[0].means);
        let mut gains = [0; LANES];
        for (gain, &class) in gains.iter_mut().zip(&inputs[3].classes) {
            *gain = GAINS[usize::from(class)];
        }
        let pairs = &pairs(&self.regressors.values);
        let batch = &BatchProducts {
            regressors: &self.regressors,
            pairs,
            gains: &gains,
        };
        let bands = self.shifted_bands.get_disjoint_mut(rows.shifted_bands());
        let [first, second] = bands.unwrap_or_else(|_| unreachable!("the bands differ"));
        let band = &mut self.bands[band(rows.first)];
        let [before, after] = rows.halves();
        let sums = [&mut band.sums, &mut first.sums, &mut second.sums];
        add_to_all(instructions, batch, sums, [&before, &after]);
        let all = 0..rows.count;
        let errors = weighted_errors(&inputs[1], samples, &gains);
        let shifted = weighted_errors(&inputs[2], samples, &gains);
        for (predictor, errors, lanes) in [
            (band, &errors, all),
            (first, &shifted, before),
            (second, &shifted, after),
        ] {
            add_residuals(&mut predictor.sums, pairs, errors, &lanes);
            predictor.learn(lanes.len(), batch.regressors.used, instructions);
        }
    }

    /// Learns how far the means were from the coded samples, and keeps that in the cells of step `t`.
    #[inline(always)]
    pub(crate) fn keep_errors(
        &mut self,
        inputs: &[LinearInput; PREDICTORS],
        samples: &[u8],
        cells: &mut TileCells,
        (t, y, channel): (usize, usize, usize),
    ) {
        for (which, (scale, input)) in self.scales.iter_mut().zip(inputs).enumerate() {
            let mut errors = [0; LANES];
            for (lane, &sample) in samples.iter().enumerate() {
                errors[lane] = scale.learn(input, lane, sample.into());
            }
            cells.keep_errors(t, y, (channel, which), &errors[..samples.len()]);
        }
    }
}

/// The means of the first half of a band, and those of the second.
#[inline(always)]
fn joined(means: &[LaneInts; 2], rows: BatchRows) -> LaneInts {
    let [first, _] = rows.halves();
    let mut joined = means[0];
    joined[first.end..].copy_from_slice(&means[1][first.end..]);
    joined
}

/// How far the means were from the samples, in 8ths of a sample, times the gains.
#[inline(always)]
fn weighted_errors(input: &LinearInput, samples: &[u8], gains: &LaneShorts) -> LaneShorts {
    let mut errors = [0; LANES];
    for (lane, &sample) in samples.iter().enumerate() {
        let error = (i32::from(sample) * MEAN_UNIT - input.means[lane]) >> 3;
        let weighted = error * i32::from(gains[lane]);
        errors[lane] = weighted.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    }
    errors
}
