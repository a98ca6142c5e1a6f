//! The first linear predictor: least squares over the samples before, newer ones counting more (`docs/format.md`, *Refinement*,
//! *Least squares*).
//!
//! The normal equations are kept as decayed integer sums; one sweep of Gauss and Seidel every few samples follows their solution.

use super::cells::{
    Around, NEIGHBOURS, NORTH, NORTH_EAST, NORTH_NORTH, NORTH_WEST, NORTH_WEST_WEST, WEST,
    WEST_WEST,
};
use super::linear_opinion::MEAN_UNIT;

/// Most inputs.
const INPUTS: usize = 32;
/// Fraction bits of a weight.
const WEIGHT_BITS: u32 = 14;
/// Fraction bits of a sum of products.
const SUM_BITS: u32 = 4;
/// A sum loses this part, as a power of two, with each sample.
const DECAY: u32 = 10;
/// Samples between two sweeps.
const SWEEP: u32 = 8;
/// Added to the diagonal.
const RIDGE: i64 = 1 << SUM_BITS;
const MOST_WEIGHT: i64 = 8 << WEIGHT_BITS;

/// The predictor of one channel.
pub(super) struct LeastSquares {
    /// Decayed sums of products of inputs, symmetric.
    products: [[i32; INPUTS]; INPUTS],
    /// Decayed sums of products with the target.
    targets: [i32; INPUTS],
    weights: [i32; INPUTS],
    inputs: [i16; INPUTS],
    used: usize,
    samples: u32,
}

impl LeastSquares {
    pub(super) fn new() -> LeastSquares {
        LeastSquares {
            products: [[0; INPUTS]; INPUTS],
            targets: [0; INPUTS],
            weights: [0; INPUTS],
            inputs: [0; INPUTS],
            used: 0,
            samples: 0,
        }
    }

    /// The mean in 64ths.
    #[inline(always)]
    pub(super) fn predict(
        &mut self,
        around: &Around,
        channel: usize,
        channels: usize,
        base: i16,
    ) -> i32 {
        self.gather(around, channel, channels, base);
        let products = self.inputs.iter().zip(&self.weights);
        let sum: i32 = products.map(|(&x, &w)| i32::from(x) * w).sum();
        i32::from(base) * MEAN_UNIT + (sum >> (WEIGHT_BITS - 6))
    }

    #[inline(always)]
    fn gather(&mut self, around: &Around, channel: usize, channels: usize, base: i16) {
        let mut used = 0;
        let mut push = |difference: i16| {
            self.inputs[used] = difference;
            used += 1;
        };
        for neighbour in 0..NEIGHBOURS.len() {
            push(around.sample(neighbour, channel, base) - base);
        }
        for other in (0..channels).filter(|&other| other != channel) {
            let known = other < channel;
            let own = if known {
                around.own.samples[other]
            } else {
                base
            };
            for neighbour in [WEST, NORTH, NORTH_WEST] {
                push(around.sample(neighbour, other, own) - own);
            }
            if known {
                for neighbour in [NORTH_EAST, WEST_WEST, NORTH_NORTH, NORTH_WEST_WEST] {
                    push(around.sample(neighbour, other, own) - own);
                }
                push(own - base);
            }
        }
        self.used = used;
    }

    /// `target`: the sample minus its base.
    #[inline(always)]
    pub(super) fn learn(&mut self, target: i16) {
        for (row, &x) in self.products[..self.used].iter_mut().zip(&self.inputs) {
            for (sum, &other) in row.iter_mut().zip(&self.inputs) {
                *sum += ((i32::from(x) * i32::from(other)) << SUM_BITS) - (*sum >> DECAY);
            }
        }
        for (sum, &x) in self.targets.iter_mut().zip(&self.inputs) {
            *sum += ((i32::from(x) * i32::from(target)) << SUM_BITS) - (*sum >> DECAY);
        }
        self.samples += 1;
        if self.samples == SWEEP {
            self.samples = 0;
            self.sweep();
        }
    }

    #[inline(always)]
    fn sweep(&mut self) {
        for index in 0..self.used {
            let row = &self.products[index];
            let products = row.iter().zip(&self.weights);
            let fitted: i64 = products
                .map(|(&sum, &w)| i64::from(sum) * i64::from(w))
                .sum();
            let weight = i64::from(self.weights[index]);
            let rest = (i64::from(self.targets[index]) << WEIGHT_BITS) - fitted - RIDGE * weight;
            let moved = weight + rest / (i64::from(row[index]) + RIDGE);
            self.weights[index] = moved.clamp(-MOST_WEIGHT, MOST_WEIGHT) as i32;
        }
    }
}
