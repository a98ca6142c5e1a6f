//! The linear predictors of a channel (`docs/format.md`, *Refinement*, *Predictors*).
//!
//! In: the neighbourhood of a pixel, and later its sample. Out: the inputs of the mixer that the predictors make.

use crate::coders::refined::cells::Neighborhood;
use crate::coders::refined::dimensions::{BANDS, HALF_BAND, PREDICTORS, band};
use crate::coders::refined::linear::gradient::Gradient;
use crate::coders::refined::linear::input::{ErrorScale, LinearInput, weighted_mean};
use crate::coders::refined::linear::least_squares::LeastSquares;
use crate::coders::refined::linear::regressors::Regressors;
use crate::simd::InstructionSet;

/// Binary logarithm of the rows of a narrow band.
const NARROW_BAND_ROWS: u32 = 3;

/// Decays, as powers of two: of predictors that learn everywhere, in bands of rows, and in narrow bands.
const DECAY: u32 = 6;
const BAND_DECAY: u32 = 4;
const NARROW_BAND_DECAY: u32 = 3;

/// The predictors of one channel.
pub(crate) struct Predictors {
    everywhere: LeastSquares<32, 8>,
    gradient: Gradient,
    /// By band: bands that begin with the tile, and bands shifted by half a band.
    bands: [Vec<LeastSquares<32, 4>>; 2],
    narrow_bands: Vec<LeastSquares<16, 2>>,
    scales: [ErrorScale; PREDICTORS],
    wide: Regressors<32>,
    near: Regressors<16>,
    /// The bands of the current sample.
    current: [usize; 3],
}

impl Predictors {
    /// Bytes of memory of the predictors of one channel.
    pub(crate) const BYTES: usize = size_of::<Predictors>()
        + BANDS * (2 * size_of::<LeastSquares<32, 4>>() + size_of::<LeastSquares<16, 2>>());

    pub(crate) fn new(channel: usize) -> Predictors {
        let bands = || (0..BANDS).map(|_| LeastSquares::new(BAND_DECAY)).collect();
        Predictors {
            everywhere: LeastSquares::new(DECAY),
            gradient: Gradient::new(),
            bands: [bands(), bands()],
            narrow_bands: (0..BANDS)
                .map(|_| LeastSquares::new(NARROW_BAND_DECAY))
                .collect(),
            scales: std::array::from_fn(|_| ErrorScale::new(channel)),
            wide: Regressors::none(),
            near: Regressors::none(),
            current: [0; 3],
        }
    }

    /// The inputs for the sample of `channel`, which is a channel and the number of channels, in row `y`.
    #[inline(always)]
    pub(crate) fn predict(
        &mut self,
        around: &Neighborhood,
        channel: (usize, usize),
        y: usize,
        (base, median): (i16, usize),
    ) -> [LinearInput; PREDICTORS] {
        self.wide = Regressors::wide(around, channel, base);
        self.near = Regressors::near(around, channel, base);
        self.current = [
            band(y),
            band(y + HALF_BAND),
            (y >> NARROW_BAND_ROWS) % BANDS,
        ];
        let [first, second, narrow] = self.current;
        let [a, b, c, d, e] = [
            self.everywhere.predict(&self.wide, base),
            self.gradient.predict(around, channel.0, channel.1, median),
            self.bands[0][first].predict(&self.wide, base),
            self.bands[1][second].predict(&self.wide, base),
            self.narrow_bands[narrow].predict(&self.near, base),
        ];
        // Written out, since a closure would not be inlined.
        let scales = &self.scales;
        let single = [
            scales[0].input(a, around, channel.0, 0),
            scales[1].input(b, around, channel.0, 1),
            scales[2].input(c, around, channel.0, 2),
            scales[3].input(d, around, channel.0, 3),
            scales[4].input(e, around, channel.0, 4),
        ];
        let weighted = scales[5].input(weighted_mean(&single), around, channel.0, 5);
        let [a, b, c, d, e] = single;
        [a, b, c, d, e, weighted]
    }

    /// Learns from the coded sample, and returns its distance to each mean in sixteenths.
    #[inline(always)]
    pub(crate) fn learn(
        &mut self,
        inputs: &[LinearInput; PREDICTORS],
        base: i16,
        sample: i16,
        instructions: InstructionSet,
    ) -> [u16; PREDICTORS] {
        let target = sample - base;
        let [first, second, narrow] = self.current;
        self.everywhere.learn(&self.wide, target, instructions);
        self.gradient.learn(sample, inputs[1].mean);
        self.bands[0][first].learn(&self.wide, target, instructions);
        self.bands[1][second].learn(&self.wide, target, instructions);
        self.narrow_bands[narrow].learn(&self.near, target, instructions);
        let scales = self.scales.iter_mut().zip(inputs);
        let mut errors = [0; PREDICTORS];
        for (error, (scale, input)) in errors.iter_mut().zip(scales) {
            *error = scale.learn(input, sample.into());
        }
        errors
    }
}
