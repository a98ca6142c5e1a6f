//! Intervals: the parts of 2^24 that symbols and decisions own (`docs/format.md`, *Frequencies*).
//!
//! In: sums of frequencies, or the probability of a decision. Out: what the range coder writes.

use std::num::NonZeroU32;

/// Intervals divide 2^24.
pub(crate) const PRECISION: usize = 24;

/// A part of 2^24: the symbol owns `left..left + probability`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Where it begins.
    pub left: u32,
    /// How wide it is.
    pub probability: NonZeroU32,
}

impl Interval {
    /// Scales the frequencies `start..end` of `total` to 2^24: `floor(start · 2^24 / total)` and so on.
    ///
    /// `start < end ≤ total < 2^24`, so no interval is empty.
    #[inline]
    pub fn scaled(start: u32, end: u32, total: u32) -> Interval {
        let scale = |sum: u32| ((u64::from(sum) << PRECISION) / u64::from(total)) as u32;
        let left = scale(start);
        let width = scale(end) - left;
        Interval {
            left,
            probability: NonZeroU32::new(width).unwrap_or(NonZeroU32::MIN),
        }
    }

    /// The interval of a decision whose answer `false` has the probability `zero` of 2^24, neither 0 nor 2^24.
    #[inline]
    pub(crate) fn of_decision(bit: bool, zero: u32) -> Interval {
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
