//! Linear prediction by normalised gradient steps (`docs/format.md`, *Refinement*, *Gradient*).
//!
//! In: the neighbourhood of a batch and the network's medians, and later the samples. Out: their means, corrections of the
//! medians.

use crate::coders::refined::cells::{NEIGHBORS, NORTH, NORTH_EAST, Neighborhood, WEST};
use crate::coders::refined::dimensions::{LANES, LaneInts, LaneShorts, MEAN_UNIT};

const REGRESSORS: usize = 24;
/// Fraction bits of a weight.
const WEIGHT_BITS: u32 = 20;
/// The rate, 0.02, of 2^22.
const RATE: i64 = 83886;
const MAX_WEIGHT: i64 = 8 << WEIGHT_BITS;

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
        let mut sums = [0_i64; LANES];
        for (values, &weight) in self.regressors.iter().zip(&self.weights) {
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum += i64::from(value) * i64::from(weight);
            }
        }
        std::array::from_fn(|lane| {
            i32::from(medians[lane]) * MEAN_UNIT + (sums[lane] >> (WEIGHT_BITS - 6)) as i32
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

    /// Learns from the sample of a lane for which `mean` was predicted.
    #[inline(always)]
    pub(crate) fn learn(&mut self, lane: usize, sample: i16, mean: i32) {
        let error = i64::from(i32::from(sample) * MEAN_UNIT - mean);
        let mut squares = 0;
        for values in &self.regressors {
            squares += i32::from(values[lane]) * i32::from(values[lane]);
        }
        let power = i64::from(squares) + REGRESSORS as i64;
        let gain = error * RATE / power;
        for (weight, values) in self.weights.iter_mut().zip(&self.regressors) {
            let moved = i64::from(*weight) + ((gain * i64::from(values[lane])) >> 8);
            *weight = moved.clamp(-MAX_WEIGHT, MAX_WEIGHT) as i32;
        }
    }
}
