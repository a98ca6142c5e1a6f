//! From a predicted mean to odds: a logistic density whose scale follows the errors of the neighbours (`docs/format.md`,
//! *Refinement*, *Linear opinions*).

use super::cells::{Around, NORTH, NORTH_EAST, NORTH_WEST, WEST};
use crate::entropy::logistic::{ONE, squash, stretch};

/// Units of a mean in a sample.
pub(super) const MEAN_UNIT: i32 = 64;
/// Classes of the neighbours' errors, four to an octave.
pub(super) const CLASSES: usize = 72;
/// Least mean error, of 256.
const LEAST_ERROR: i32 = 32;
/// Added to the mass of each side, so that far tails stay undecided.
const TAIL: i32 = 6;
/// 1024 · 256 / (64 · 0.7), with 8 fraction bits.
const RECIPROCAL: i32 = 5851 << 8;

/// By the class: how much the mean counts in a blend.
static TRUST: [i64; CLASSES] = {
    let mut table = [0; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        let sum = (least_sum(class) + 4) as i64;
        table[class] = (1 << 48) / (sum * sum * sum) + 1;
        class += 1;
    }
    table
};

/// The mean and scale of one predictor for one sample, and the part of the values that is left.
pub(super) struct LinearOpinion {
    /// In 64ths of a sample.
    pub(super) mean: i32,
    /// Of the neighbours' errors.
    pub(super) class: usize,
    reciprocal: i32,
    /// The probabilities, of 2^16, of values below the lowest that is left, the split, and the end.
    below: [i32; 3],
}

/// By the class of the neighbours' errors: the mean error, of 256.
pub(super) struct Scale {
    errors: [i32; CLASSES],
}

impl Scale {
    pub(super) fn new(channel: usize) -> Scale {
        let weights = if channel == 0 { 6 } else { 8 };
        Scale {
            errors: std::array::from_fn(|class| {
                ((least_sum(class) * 16) / weights).max(LEAST_ERROR)
            }),
        }
    }

    /// The opinion of predictor `which`.
    #[inline(always)]
    pub(super) fn opinion(
        &self,
        mean: i32,
        around: &Around,
        channel: usize,
        which: usize,
    ) -> LinearOpinion {
        let error = |neighbour: usize| u32::from(around.cells[neighbour].errors[channel][which]);
        let mut sum = 2 * (error(WEST) + error(NORTH)) + error(NORTH_WEST) + error(NORTH_EAST);
        if let Some(before) = channel.checked_sub(1) {
            sum += 2 * u32::from(around.own.errors[before][which]);
        }
        let class = class(sum + 4);
        LinearOpinion {
            mean: mean.clamp(-MEAN_UNIT / 2, 255 * MEAN_UNIT + MEAN_UNIT / 2),
            class,
            reciprocal: RECIPROCAL / self.errors[class],
            below: [0, 0, ONE],
        }
    }

    /// Learns from the coded value; returns the distance to the mean in sixteenths.
    #[inline(always)]
    pub(super) fn learn(&mut self, opinion: &LinearOpinion, sample: i32) -> u16 {
        let distance = (sample * MEAN_UNIT - opinion.mean).abs();
        let error = &mut self.errors[opinion.class];
        *error = (*error + ((distance * 4 - *error) >> 6)).max(LEAST_ERROR);
        (distance >> 2) as u16
    }
}

/// Four classes to an octave.
#[inline(always)]
fn class(sum: u32) -> usize {
    let octave = sum.ilog2();
    (octave << 2) as usize + ((sum << 2 >> octave) & 3) as usize
}

/// The least sum of a class; of the classes that no sum reaches, any.
const fn least_sum(class: usize) -> i32 {
    let sum = (4 + (class & 3) as i64) << (class >> 2) >> 2;
    if sum > 1 << 16 { 1 << 16 } else { sum as i32 }
}

/// The mean of the means, those counting more whose errors were small.
#[inline(always)]
pub(super) fn blend(opinions: &[LinearOpinion]) -> i32 {
    let (mut sum, mut trust) = (0, 0);
    for opinion in opinions {
        let weight = TRUST[opinion.class];
        sum += weight * i64::from(opinion.mean);
        trust += weight;
    }
    (sum / trust) as i32
}

impl LinearOpinion {
    /// The log-odds that a value is at least `split`.
    #[inline(always)]
    pub(super) fn odds(&mut self, split: usize) -> i32 {
        let distance = split as i32 * MEAN_UNIT - MEAN_UNIT / 2 - self.mean;
        let middle = squash((distance * self.reciprocal) >> 8);
        self.below[1] = middle;
        let [start, _, end] = self.below;
        let part = ((end - middle + TAIL) << 14) / (end - start + 2 * TAIL);
        stretch((part << 2).clamp(64, ONE - 64))
    }

    /// The value is at least the last split, or below it.
    #[inline(always)]
    pub(super) fn narrow(&mut self, at_least: bool) {
        self.below[if at_least { 0 } else { 2 }] = self.below[1];
    }
}
