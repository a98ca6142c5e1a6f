//! Linear prediction by normalised gradient steps (`docs/format.md`, *Refinement*, *Gradient*).
//!
//! In: the neighbourhood of a batch and the network's medians, and later the samples. Out: their means, corrections of
//! the medians.

use crate::coders::refinement::cells::{NEIGHBORS, NORTH, NORTH_EAST, Neighborhood, WEST};
use crate::coders::refinement::dimensions::{LANES, LaneInts, LaneShorts, MEAN_UNIT};

const REGRESSORS: usize = 24;
/// Fraction bits of a weight.
const WEIGHT_BITS: u32 = 16;
/// The rate, 0.02, of 2^18.
const RATE: i32 = 5369;
const MAX_WEIGHT: i32 = 4 << WEIGHT_BITS;

/// The predictor of one channel.
pub(crate) struct Gradient {
    weights: [i32; REGRESSORS],
    regressors: [LaneShorts; REGRESSORS],
}

impl Gradient {
    pub(crate) fn new() -> Gradient {
        Gradient {
            weights: [0; REGRESSORS],
            regressors: [[0; LANES]; REGRESSORS],
        }
    }

    /// The means, in 64ths of a sample.
    #[inline(always)]
    pub(crate) fn predict(
        &mut self,
        around: &Neighborhood<'_>,
        (channel, channels): (usize, usize),
        medians: &LaneShorts,
    ) -> LaneInts {
        self.gather(around, channel, channels, medians);
        let mut sums = [0_i32; LANES];
        for (values, &weight) in self.regressors.iter().zip(&self.weights) {
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum += i32::from(value) * weight;
            }
        }
        std::array::from_fn(|lane| {
            i32::from(medians[lane]) * MEAN_UNIT + (sums[lane] >> (WEIGHT_BITS - 6))
        })
    }

    #[inline(always)]
    fn gather(
        &mut self,
        around: &Neighborhood<'_>,
        channel: usize,
        channels: usize,
        medians: &LaneShorts,
    ) {
        let mut used = 0;
        let mut push = |values: LaneShorts| {
            self.regressors[used] = values;
            used += 1;
        };
        for neighbor in 0..NEIGHBORS.len() {
            push(around.differences(neighbor, channel, medians));
        }
        for other in 0..channels {
            if other < channel {
                let own = around.own_samples(other);
                push(around.own_residuals(other));
                push(around.differences(WEST, other, &own));
                push(around.differences(NORTH, other, &own));
            } else {
                for neighbor in [WEST, NORTH, NORTH_EAST] {
                    push(around.residuals(neighbor, other));
                }
            }
        }
    }

    /// Learns from samples for which `means` were predicted.
    #[inline(always)]
    pub(crate) fn learn(&mut self, samples: &[u8], means: &LaneInts) {
        let mut powers = [REGRESSORS as i32; LANES];
        for values in &self.regressors {
            for (power, &value) in powers.iter_mut().zip(values) {
                *power += i32::from(value) * i32::from(value);
            }
        }
        let mut gains = [0; LANES];
        for (lane, &sample) in samples.iter().enumerate() {
            let error = i32::from(sample) * MEAN_UNIT - means[lane];
            let gain = error * RATE / powers[lane];
            gains[lane] = gain.clamp(i16::MIN.into(), i16::MAX.into());
        }
        for (weight, values) in self.weights.iter_mut().zip(&self.regressors) {
            let mut step = 0;
            for (&gain, &value) in gains.iter().zip(values) {
                step += gain * i32::from(value);
            }
            *weight = (*weight + (step >> 8)).clamp(-MAX_WEIGHT, MAX_WEIGHT);
        }
    }
}
