//! A part of 2^24, which is what the range coder takes and gives (`docs/format.md`, *Range coder*).
//!
//! In: running sums of frequencies, or the probability of a decision. Out: an [`Interval`].

use std::num::NonZeroU32;

/// Intervals divide `2^PRECISION`.
pub(crate) const PRECISION: usize = 24;

/// A part of 2^24: the symbol owns `left..left + probability`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first number of the interval.
    pub left: u32,
    /// The width of the interval.
    pub probability: NonZeroU32,
}

impl Interval {
    /// Scales the frequencies `start..end` of `total` to 2^24: `floor(start · 2^24 / total)` and so on.
    ///
    /// `start < end ≤ total < 2^24`, so no interval is empty.
    pub fn scaled(start: u32, end: u32, total: u32) -> Interval {
        let scale = |sum: u32| ((u64::from(sum) << PRECISION) / u64::from(total)) as u32;
        let left = scale(start);
        let width = scale(end) - left;
        Interval {
            left,
            probability: NonZeroU32::new(width).unwrap_or(NonZeroU32::MIN),
        }
    }

    /// The interval of a decision whose `false` has the probability `zero` of 2^24, neither 0 nor 2^24.
    #[inline]
    pub(crate) fn decision(bit: bool, zero: u32) -> Interval {
        let (left, probability) = if bit {
            (zero, (1 << PRECISION) - zero)
        } else {
            (0, zero)
        };
        Interval {
            left,
            probability: NonZeroU32::new(probability).unwrap_or(NonZeroU32::MIN),
        }
    }
}
