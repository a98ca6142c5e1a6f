//! From a predicted mean to odds: a logistic density whose scale follows the errors of the neighbours (`docs/format.md`,
//! *Refinement*, *Linear opinions*).

use super::cells::{Around, NORTH, NORTH_EAST, NORTH_WEST, WEST};
use crate::logistic::{ONE, squash, stretch};

/// Units of a mean in a sample.
pub(super) const MEAN_UNIT: i32 = 64;
const CLASSES: usize = 72;
/// Least mean error, of 256.
const LEAST_ERROR: i32 = 32;
/// Added to the mass of each side, so that far tails stay undecided.
const TAIL: i32 = 6;
/// 1024 · 256 / (64 · 0.7), with 8 fraction bits.
const RECIPROCAL: i32 = 5851 << 8;

/// The mean and scale of one predictor for one sample.
pub(super) struct LinearOpinion {
    /// In 64ths of a sample.
    pub(super) mean: i32,
    reciprocal: i32,
    class: usize,
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
                let least = (4 + (class & 3) as i32) << (class >> 2) >> 2;
                (least.saturating_mul(16) / weights).max(LEAST_ERROR)
            }),
        }
    }

    /// `which` of the two predictors.
    #[inline(always)]
    pub(super) fn opinion(
        &self,
        mean: i32,
        around: &Around,
        channel: usize,
        which: usize,
    ) -> LinearOpinion {
        let error = |neighbour: usize| u32::from(around.cells[neighbour].errors[which][channel]);
        let mut sum = 2 * (error(WEST) + error(NORTH)) + error(NORTH_WEST) + error(NORTH_EAST);
        if let Some(before) = channel.checked_sub(1) {
            sum += 2 * u32::from(around.own.errors[which][before]);
        }
        let class = class(sum + 4);
        LinearOpinion {
            mean: mean.clamp(-MEAN_UNIT / 2, 255 * MEAN_UNIT + MEAN_UNIT / 2),
            reciprocal: RECIPROCAL / self.errors[class],
            class,
        }
    }

    /// Learns from the coded value; returns the distance to the mean in sixteenths.
    #[inline(always)]
    pub(super) fn learn(&mut self, opinion: &LinearOpinion, value: usize) -> u16 {
        let distance = (value as i32 * MEAN_UNIT - opinion.mean).abs();
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

impl LinearOpinion {
    /// The probability, of 2^16, of a value below `value`.
    #[inline(always)]
    fn below(&self, value: usize) -> i32 {
        match value {
            0 => 0,
            256 => ONE,
            _ => {
                let distance = value as i32 * MEAN_UNIT - MEAN_UNIT / 2 - self.mean;
                squash((distance * self.reciprocal) >> 8)
            }
        }
    }

    /// The log-odds that a value of `low..high` is at least `split`.
    #[inline(always)]
    pub(super) fn odds(&self, low: usize, split: usize, high: usize) -> i32 {
        let (start, middle, end) = (self.below(low), self.below(split), self.below(high));
        let part = ((end - middle + TAIL) << 14) / (end - start + 2 * TAIL);
        stretch((part << 2).clamp(64, ONE - 64))
    }
}
