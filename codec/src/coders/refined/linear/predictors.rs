//! The linear predictors of a channel and what they say together (`docs/format.md`, *Refinement*, *Predictors*).

use super::cells::Around;
use super::gradient::Gradient;
use super::least_squares::LeastSquares;
use super::linear_inputs::Inputs;
use super::linear_opinion::{LinearOpinion, Scale, blend};
use super::{BANDS, PREDICTORS};
use crate::entropy::frequencies::Kernel;

/// Binary logarithms of the rows of a band.
const BAND_ROWS: u32 = 4;
const NEAR_ROWS: u32 = 3;
/// Half a band.
const HALF: usize = 1 << (BAND_ROWS - 1);

/// What a sum loses, as a power of two: over all that was coded, in bands of rows, and in narrow bands.
const EVERYWHERE: u32 = 6;
const IN_BAND: u32 = 4;
const NEAR: u32 = 3;

/// The predictors of one channel.
pub(super) struct Predictors {
    everywhere: LeastSquares<32, 8>,
    gradient: Gradient,
    /// In bands that begin with the tile, and in bands that begin half a band later.
    bands: [Vec<LeastSquares<32, 4>>; 2],
    near: Vec<LeastSquares<16, 2>>,
    scales: [Scale; PREDICTORS],
    wide_inputs: Inputs<32>,
    near_inputs: Inputs<16>,
    /// Which of the bands were asked.
    asked: [usize; 3],
}

/// The band of a row; after the last one comes the first.
#[inline(always)]
pub(super) fn band(y: usize) -> usize {
    (y >> BAND_ROWS) % BANDS
}

impl Predictors {
    /// Bytes that the predictors of one channel take at most.
    pub(super) const BYTES: usize = size_of::<Predictors>()
        + BANDS * (2 * size_of::<LeastSquares<32, 4>>() + size_of::<LeastSquares<16, 2>>());

    pub(super) fn new(channel: usize) -> Predictors {
        let bands = || (0..BANDS).map(|_| LeastSquares::new(IN_BAND)).collect();
        Predictors {
            everywhere: LeastSquares::new(EVERYWHERE),
            gradient: Gradient::new(),
            bands: [bands(), bands()],
            near: (0..BANDS).map(|_| LeastSquares::new(NEAR)).collect(),
            scales: std::array::from_fn(|_| Scale::new(channel)),
            wide_inputs: Inputs::none(),
            near_inputs: Inputs::none(),
            asked: [0; 3],
        }
    }

    /// The opinions about the sample of `channel`, a channel and the number of channels, in row `y`.
    #[inline(always)]
    pub(super) fn predict(
        &mut self,
        around: &Around,
        channel: (usize, usize),
        y: usize,
        (base, median): (i16, usize),
    ) -> [LinearOpinion; PREDICTORS] {
        self.wide_inputs = Inputs::wide(around, channel, base);
        self.near_inputs = Inputs::near(around, channel, base);
        self.asked = [band(y), band(y + HALF), (y >> NEAR_ROWS) % BANDS];
        let [first, second, near] = self.asked;
        let means = [
            self.everywhere.predict(&self.wide_inputs, base),
            self.gradient.predict(around, channel.0, channel.1, median),
            self.bands[0][first].predict(&self.wide_inputs, base),
            self.bands[1][second].predict(&self.wide_inputs, base),
            self.near[near].predict(&self.near_inputs, base),
        ];
        let opinion =
            |which: usize, mean| self.scales[which].opinion(mean, around, channel.0, which);
        let single: [LinearOpinion; PREDICTORS - 1] =
            std::array::from_fn(|which| opinion(which, means[which]));
        let blended = opinion(PREDICTORS - 1, blend(&single));
        let [a, b, c, d, e] = single;
        [a, b, c, d, e, blended]
    }

    /// Learns from the coded sample; returns the distance to each mean in sixteenths.
    #[inline(always)]
    pub(super) fn learn(
        &mut self,
        opinions: &[LinearOpinion; PREDICTORS],
        base: i16,
        sample: i16,
        kernel: Kernel,
    ) -> [u16; PREDICTORS] {
        let target = sample - base;
        let [first, second, near] = self.asked;
        self.everywhere.learn(&self.wide_inputs, target, kernel);
        self.gradient.learn(sample, opinions[1].mean);
        self.bands[0][first].learn(&self.wide_inputs, target, kernel);
        self.bands[1][second].learn(&self.wide_inputs, target, kernel);
        self.near[near].learn(&self.near_inputs, target, kernel);
        let scales = self.scales.iter_mut().zip(opinions);
        let mut errors = [0; PREDICTORS];
        for (error, (scale, opinion)) in errors.iter_mut().zip(scales) {
            *error = scale.learn(opinion, sample.into());
        }
        errors
    }
}
