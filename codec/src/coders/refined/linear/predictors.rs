//! The linear predictors of a channel (`docs/format.md`, *Refinement*, *Predictors*).
//!
//! In: the neighbourhood of a batch, and later its samples. Out: the inputs of the mixer that the predictors make.

use std::ops::Range;

use crate::coders::refined::cells::{Cells, Neighborhood};
use crate::coders::refined::dimensions::{
    BANDS, HALF_BAND, LANES, LaneInts, LaneShorts, PREDICTORS, band,
};
use crate::coders::refined::linear::gradient::Gradient;
use crate::coders::refined::linear::input::{ErrorScale, LinearInput, weighted_means};
use crate::coders::refined::linear::least_squares::LeastSquares;
use crate::coders::refined::linear::products::pairs;
use crate::coders::refined::linear::regressors::{NEAR, Regressors, WIDE};
use crate::simd::InstructionSet;

/// Decays, as powers of two: in bands of rows, and in narrow bands.
const BAND_DECAY: u32 = 3;
const NARROW_BAND_DECAY: u32 = 1;

/// The predictors of one channel.
pub(crate) struct Predictors {
    gradient: Gradient,
    bands: Vec<LeastSquares<WIDE>>,
    /// Bands shifted by half a band.
    shifted_bands: Vec<LeastSquares<WIDE>>,
    /// Two to a band.
    narrow_bands: Vec<LeastSquares<NEAR>>,
    scales: [ErrorScale; PREDICTORS],
    wide: Regressors<WIDE>,
    near: Regressors<NEAR>,
}

/// The rows of a batch: the first, and their number.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) first: usize,
    pub(crate) count: usize,
}

impl Rows {
    /// The lanes in each half of the band.
    #[inline(always)]
    fn halves(self) -> [Range<usize>; 2] {
        let cut = HALF_BAND.saturating_sub(self.first % LANES).min(self.count);
        [0..cut, cut..self.count]
    }

    /// The shifted and the narrow bands of both halves.
    #[inline(always)]
    fn half_bands(self) -> [[usize; 2]; 2] {
        let band = band(self.first);
        [[band, (band + 1) % BANDS], [2 * band, 2 * band + 1]]
    }
}

impl Predictors {
    /// Bytes of memory of the predictors of one channel.
    pub(crate) const BYTES: usize = size_of::<Predictors>()
        + 2 * BANDS * (size_of::<LeastSquares<WIDE>>() + size_of::<LeastSquares<NEAR>>());

    pub(crate) fn new(channel: usize) -> Predictors {
        let bands = || (0..BANDS).map(|_| LeastSquares::new(BAND_DECAY)).collect();
        Predictors {
            gradient: Gradient::new(),
            bands: bands(),
            shifted_bands: bands(),
            narrow_bands: (0..2 * BANDS)
                .map(|_| LeastSquares::new(NARROW_BAND_DECAY))
                .collect(),
            scales: std::array::from_fn(|_| ErrorScale::new(channel)),
            wide: Regressors::none(),
            near: Regressors::none(),
        }
    }

    /// The inputs for the samples of `channel`, which is a channel and the number of channels.
    #[inline(always)]
    pub(crate) fn predict(
        &mut self,
        around: &Neighborhood<'_>,
        channel: (usize, usize),
        rows: Rows,
        (bases, medians): (&LaneShorts, &LaneShorts),
    ) -> [LinearInput; PREDICTORS] {
        self.wide = Regressors::wide(around, channel, bases);
        self.near = Regressors::near(around, channel, bases);
        let [shifted, narrow] = rows.half_bands();
        let a = self.gradient.predict(around, channel, medians);
        let b = self.bands[band(rows.first)].predict(&self.wide, bases);
        let c = shifted.map(|band| self.shifted_bands[band].predict(&self.wide, bases));
        let d = narrow.map(|band| self.narrow_bands[band].predict(&self.near, bases));
        // Written out, since a closure would not be inlined.
        let scales = &self.scales;
        let single = [
            scales[0].input(&a, around, channel.0, 0),
            scales[1].input(&b, around, channel.0, 1),
            scales[2].input(&joined(&c, rows), around, channel.0, 2),
            scales[3].input(&joined(&d, rows), around, channel.0, 3),
        ];
        let weighted = scales[4].input(&weighted_means(&single), around, channel.0, 4);
        let [a, b, c, d] = single;
        [a, b, c, d, weighted]
    }

    /// Learns from the coded samples, and keeps their distances to each mean in sixteenths.
    #[inline(always)]
    pub(crate) fn learn(
        &mut self,
        inputs: &[LinearInput; PREDICTORS],
        (bases, samples): (&LaneShorts, &[u8]),
        rows: Rows,
        instructions: InstructionSet,
    ) {
        let mut targets = [0; LANES];
        for (lane, &sample) in samples.iter().enumerate() {
            targets[lane] = i16::from(sample) - bases[lane];
            self.gradient
                .learn(lane, sample.into(), inputs[0].means[lane]);
        }
        let (wide, near) = (pairs(&self.wide.values), pairs(&self.near.values));
        let (wide, near) = ((&self.wide, &wide), (&self.near, &near));
        let all = 0..rows.count;
        let [shifted, narrow] = rows.half_bands();
        let bands = self.shifted_bands.get_disjoint_mut(shifted);
        let [first, second] = bands.unwrap_or_else(|_| unreachable!("the bands differ"));
        let narrow_bands = self.narrow_bands.get_disjoint_mut(narrow);
        let [upper, lower] = narrow_bands.unwrap_or_else(|_| unreachable!("the bands differ"));
        let band = &mut self.bands[band(rows.first)];
        band.add(wide, &targets, &all, instructions);
        let [before, after] = rows.halves();
        for (lanes, shifted, narrow) in [
            (before, &mut *first, &mut *upper),
            (after, &mut *second, &mut *lower),
        ] {
            if !lanes.is_empty() {
                shifted.add(wide, &targets, &lanes, instructions);
                narrow.add(near, &targets, &lanes, instructions);
            }
        }
        let wide = [band, first, second];
        LeastSquares::sweep(wide, self.wide.used);
        LeastSquares::sweep([upper, lower], self.near.used);
    }

    /// Learns how far the means were from the coded samples, and keeps that in the cells of step `t`.
    #[inline(always)]
    pub(crate) fn keep_errors(
        &mut self,
        inputs: &[LinearInput; PREDICTORS],
        samples: &[u8],
        cells: &mut Cells,
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
fn joined(means: &[LaneInts; 2], rows: Rows) -> LaneInts {
    let [first, _] = rows.halves();
    std::array::from_fn(|lane| means[usize::from(lane >= first.end)][lane])
}
