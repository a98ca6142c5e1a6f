//! Disturbs the contrast of a crop and adds noise to it: smooth or not, alike in all channels or not.

use std::ops::Range;

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Exp1, StandardNormal};

/// How strongly crops are disturbed.
#[derive(Clone, Debug)]
pub(crate) struct Disturbance {
    /// The probability of a change of contrast, and that of noise.
    pub probability: f64,
    /// The natural logarithm of the change of contrast.
    pub contrast: Range<f32>,
    /// Mean standard deviation of the noise, in sample values.
    pub noise: f32,
}

impl Disturbance {
    /// The disturbance in all but the last steps of a run.
    pub(crate) const FULL: Self = Self {
        probability: 0.6,
        contrast: -0.3..0.9,
        noise: 2.5,
    };

    /// The disturbance in the last steps, close to unchanged photos.
    pub(crate) const CALM: Self = Self {
        probability: 0.15,
        contrast: -0.3..0.5,
        noise: 1.5,
    };
}

/// Changes `height × width × channels` samples in place.
pub(crate) fn disturb(
    values: &mut [f32],
    width: usize,
    height: usize,
    channels: usize,
    how: &Disturbance,
    rng: &mut impl Rng,
) {
    if rng.random_bool(how.probability) {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let gain = rng.random_range(how.contrast.clone()).exp();
        values
            .iter_mut()
            .for_each(|v| *v = (*v - mean) * gain + mean);
    }
    if rng.random_bool(how.probability) {
        let noise = noise(width, height, channels, how.noise, rng);
        values.iter_mut().zip(noise).for_each(|(v, n)| *v += n);
    }
}

fn normal(rng: &mut impl Rng) -> f32 {
    StandardNormal.sample(rng)
}

/// Gaussian noise of exponentially distributed strength; half the time correlated over channels, sometimes over
/// neighbours.
pub(crate) fn noise(
    width: usize,
    height: usize,
    channels: usize,
    mean: f32,
    rng: &mut impl Rng,
) -> Vec<f32> {
    let exponential: f32 = Exp1.sample(rng);
    let strength = mean * exponential;
    let correlated = rng.random_bool(0.5);
    let mut noise = Vec::with_capacity(width * height * channels);
    for _ in 0..width * height {
        let shared = if correlated {
            0.8 * strength * normal(rng)
        } else {
            0.0
        };
        let own = if correlated { 0.5 * strength } else { strength };
        noise.extend((0..channels).map(|_| own * normal(rng) + shared));
    }
    if rng.random_bool(0.4) {
        smooth(&noise, width, height, channels)
    } else {
        noise
    }
}

/// Half the sum of each 2×2 neighbourhood, edges repeated: keeps the variance, correlates neighbours.
fn smooth(noise: &[f32], width: usize, height: usize, channels: usize) -> Vec<f32> {
    let at = |y: usize, x: usize, c: usize| noise[(y * width + x) * channels + c];
    let mut smoothed = Vec::with_capacity(noise.len());
    for y in 0..height {
        let north = y.saturating_sub(1);
        for x in 0..width {
            let west = x.saturating_sub(1);
            smoothed.extend((0..channels).map(|c| {
                (at(y, x, c) + at(y, west, c) + at(north, x, c) + at(north, west, c)) / 2.0
            }));
        }
    }
    smoothed
}
