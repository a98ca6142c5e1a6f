//! From a predicted mean to an input of the mixer (`docs/format.md`, *Refinement*, *Linear inputs*).
//!
//! In: a predictor's mean and its errors at the neighbours. Out: the log-odds of each decision, from a logistic density around
//! the mean that is as wide as the neighbours' errors are large.

use crate::coders::refined::cells::{NORTH, NORTH_EAST, NORTH_WEST, Neighborhood, WEST};
use crate::coders::refined::dimensions::MEAN_UNIT;
use crate::entropy::logistic::{ONE, squash, stretch};

/// Classes of the neighbours' errors, four to an octave.
pub(crate) const CLASSES: usize = 72;
/// The smallest mean error, of 256.
const MIN_ERROR: i32 = 32;
/// Added to the mass of both sides, so that far tails stay undecided.
const TAIL: i32 = 6;
/// 1024 · 256 / (64 · 0.7), with 8 fraction bits.
const RECIPROCAL: i32 = 5851 << 8;

/// How much a mean counts in the weighted mean, by the class.
static TRUST: [i64; CLASSES] = {
    let mut table = [0; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        let sum = (smallest_sum(class) + 4) as i64;
        table[class] = (1 << 48) / (sum * sum * sum) + 1;
        class += 1;
    }
    table
};

/// The mean and scale of one predictor for one sample, and the values that are still possible.
pub(crate) struct LinearInput {
    /// In 64ths of a sample.
    pub(crate) mean: i32,
    /// The class of the neighbours' errors.
    pub(crate) class: usize,
    reciprocal: i32,
    /// The probabilities, of 2^16, of the values below the lowest possible one, below the split, and below the end.
    below: [i32; 3],
}

/// The mean error, of 256, by the class of the neighbours' errors.
pub(crate) struct ErrorScale {
    errors: [i32; CLASSES],
}

impl ErrorScale {
    pub(crate) fn new(channel: usize) -> ErrorScale {
        let weights = if channel == 0 { 6 } else { 8 };
        ErrorScale {
            errors: std::array::from_fn(|class| {
                ((smallest_sum(class) * 16) / weights).max(MIN_ERROR)
            }),
        }
    }

    /// The input that predictor `which` makes of its mean.
    #[inline(always)]
    pub(crate) fn input(
        &self,
        mean: i32,
        around: &Neighborhood,
        channel: usize,
        which: usize,
    ) -> LinearInput {
        let error = |neighbour: usize| u32::from(around.cells[neighbour].errors[channel][which]);
        let mut sum = 2 * (error(WEST) + error(NORTH)) + error(NORTH_WEST) + error(NORTH_EAST);
        if let Some(before) = channel.checked_sub(1) {
            sum += 2 * u32::from(around.own.errors[before][which]);
        }
        let class = class(sum + 4);
        LinearInput {
            mean: mean.clamp(-MEAN_UNIT / 2, 255 * MEAN_UNIT + MEAN_UNIT / 2),
            class,
            reciprocal: RECIPROCAL / self.errors[class],
            below: [0, 0, ONE],
        }
    }

    /// Learns from the coded sample, and returns its distance to the mean in sixteenths.
    #[inline(always)]
    pub(crate) fn learn(&mut self, input: &LinearInput, sample: i32) -> u16 {
        let distance = (sample * MEAN_UNIT - input.mean).abs();
        let error = &mut self.errors[input.class];
        *error = (*error + ((distance * 4 - *error) >> 6)).max(MIN_ERROR);
        (distance >> 2) as u16
    }
}

/// The class of a sum of errors, four classes to an octave.
#[inline(always)]
fn class(sum: u32) -> usize {
    let octave = sum.ilog2();
    (octave << 2) as usize + ((sum << 2 >> octave) & 3) as usize
}

/// The smallest sum of a class. Classes that no sum reaches may have any.
const fn smallest_sum(class: usize) -> i32 {
    let sum = (4 + (class & 3) as i64) << (class >> 2) >> 2;
    if sum > 1 << 16 { 1 << 16 } else { sum as i32 }
}

/// The weighted mean of the means. Those with smaller errors at the neighbours count more.
#[inline(always)]
pub(crate) fn weighted_mean(inputs: &[LinearInput]) -> i32 {
    let (mut sum, mut trust) = (0, 0);
    for input in inputs {
        let weight = TRUST[input.class];
        sum += weight * i64::from(input.mean);
        trust += weight;
    }
    (sum / trust) as i32
}

impl LinearInput {
    /// The log-odds that a value is at least `split`.
    #[inline(always)]
    pub(crate) fn log_odds(&mut self, split: usize) -> i32 {
        let distance = split as i32 * MEAN_UNIT - MEAN_UNIT / 2 - self.mean;
        let middle = squash((distance * self.reciprocal) >> 8);
        self.below[1] = middle;
        let [start, _, end] = self.below;
        let part = ((end - middle + TAIL) << 14) / (end - start + 2 * TAIL);
        stretch((part << 2).clamp(64, ONE - 64))
    }

    /// Keeps the values from the last split on, or those below it.
    #[inline(always)]
    pub(crate) fn narrow(&mut self, at_least: bool) {
        self.below[if at_least { 0 } else { 2 }] = self.below[1];
    }
}
