//! Linear prediction by normalised gradient steps (`docs/format.md`, *Refinement*, *Gradient*).
//!
//! In: the neighbourhood of a pixel and the network's median, and later the sample. Out: its mean, a correction of the median.

use crate::coders::refined::cells::{NEIGHBORS, NORTH, NORTH_EAST, Neighborhood, WEST};
use crate::coders::refined::dimensions::MEAN_UNIT;

const REGRESSORS: usize = 24;
/// Fraction bits of a weight.
const WEIGHT_BITS: u32 = 20;
/// The rate, 0.02, of 2^22.
const RATE: i64 = 83886;
const MAX_WEIGHT: i64 = 8 << WEIGHT_BITS;

/// The predictor of one channel.
pub(crate) struct Gradient {
    weights: [i32; REGRESSORS],
    regressors: [i16; REGRESSORS],
}

impl Gradient {
    pub(crate) fn new() -> Gradient {
        Gradient {
            weights: [0; REGRESSORS],
            regressors: [0; REGRESSORS],
        }
    }

    /// The mean, in 64ths of a sample.
    #[inline(always)]
    pub(crate) fn predict(
        &mut self,
        around: &Neighborhood,
        channel: usize,
        channels: usize,
        median: usize,
    ) -> i32 {
        let median = median as i16;
        self.gather(around, channel, channels, median);
        let mut sum = 0;
        for (&x, &w) in self.regressors.iter().zip(&self.weights) {
            sum += i64::from(x) * i64::from(w);
        }
        i32::from(median) * MEAN_UNIT + (sum >> (WEIGHT_BITS - 6)) as i32
    }

    #[inline(always)]
    fn gather(&mut self, around: &Neighborhood, channel: usize, channels: usize, median: i16) {
        let mut used = 0;
        let mut push = |value: i16| {
            self.regressors[used] = value;
            used += 1;
        };
        for neighbor in 0..NEIGHBORS.len() {
            push(around.sample(neighbor, channel, median) - median);
        }
        for other in 0..channels {
            if other < channel {
                let own = around.own.samples[other];
                push(around.own.residuals[other]);
                push(around.sample(WEST, other, own) - own);
                push(around.sample(NORTH, other, own) - own);
            } else {
                for neighbor in [WEST, NORTH, NORTH_EAST] {
                    push(around.cells[neighbor].residuals[other]);
                }
            }
        }
    }

    /// Learns from a sample for which `mean` was predicted.
    #[inline(always)]
    pub(crate) fn learn(&mut self, sample: i16, mean: i32) {
        let error = i64::from(i32::from(sample) * MEAN_UNIT - mean);
        let mut squares = 0;
        for &x in &self.regressors {
            squares += i32::from(x) * i32::from(x);
        }
        let power = i64::from(squares) + REGRESSORS as i64;
        let gain = error * RATE / power;
        for (weight, &x) in self.weights.iter_mut().zip(&self.regressors) {
            let moved = i64::from(*weight) + ((gain * i64::from(x)) >> 8);
            *weight = moved.clamp(-MAX_WEIGHT, MAX_WEIGHT) as i32;
        }
    }
}
