//! The second linear predictor: it moves the network's median, by normalised gradient steps (`docs/format.md`, *Refinement*,
//! *Gradient*).

use super::cells::{Around, NEIGHBOURS, NORTH, NORTH_EAST, WEST};
use super::linear_opinion::MEAN_UNIT;

const INPUTS: usize = 24;
/// Fraction bits of a weight.
const WEIGHT_BITS: u32 = 20;
/// The rate, 0.02, of 2^22.
const RATE: i64 = 83886;
const MOST_WEIGHT: i64 = 8 << WEIGHT_BITS;

/// The predictor of one channel.
pub(super) struct Gradient {
    weights: [i32; INPUTS],
    inputs: [i16; INPUTS],
}

impl Gradient {
    pub(super) fn new() -> Gradient {
        Gradient {
            weights: [0; INPUTS],
            inputs: [0; INPUTS],
        }
    }

    /// The mean in 64ths.
    #[inline(always)]
    pub(super) fn predict(
        &mut self,
        around: &Around,
        channel: usize,
        channels: usize,
        median: usize,
    ) -> i32 {
        let median = median as i16;
        self.gather(around, channel, channels, median);
        let mut sum = 0;
        for (&x, &w) in self.inputs.iter().zip(&self.weights) {
            sum += i64::from(x) * i64::from(w);
        }
        i32::from(median) * MEAN_UNIT + (sum >> (WEIGHT_BITS - 6)) as i32
    }

    #[inline(always)]
    fn gather(&mut self, around: &Around, channel: usize, channels: usize, median: i16) {
        let mut used = 0;
        let mut push = |input: i16| {
            self.inputs[used] = input;
            used += 1;
        };
        for neighbour in 0..NEIGHBOURS.len() {
            push(around.sample(neighbour, channel, median) - median);
        }
        for other in 0..channels {
            if other < channel {
                let own = around.own.samples[other];
                push(around.own.residuals[other]);
                push(around.sample(WEST, other, own) - own);
                push(around.sample(NORTH, other, own) - own);
            } else {
                for neighbour in [WEST, NORTH, NORTH_EAST] {
                    push(around.cells[neighbour].residuals[other]);
                }
            }
        }
    }

    /// `mean`: what was predicted.
    #[inline(always)]
    pub(super) fn learn(&mut self, sample: i16, mean: i32) {
        let error = i64::from(i32::from(sample) * MEAN_UNIT - mean);
        let mut squares = 0;
        for &x in &self.inputs {
            squares += i32::from(x) * i32::from(x);
        }
        let power = i64::from(squares) + INPUTS as i64;
        let gain = error * RATE / power;
        for (weight, &x) in self.weights.iter_mut().zip(&self.inputs) {
            let moved = i64::from(*weight) + ((gain * i64::from(x)) >> 8);
            *weight = moved.clamp(-MOST_WEIGHT, MOST_WEIGHT) as i32;
        }
    }
}
