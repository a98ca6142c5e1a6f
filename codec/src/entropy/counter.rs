//! The adaptive probability of a decision (`docs/format.md`, *Adaptive method*, *Decisions*).
//!
//! In: the decisions seen so far. Out: the probability of the next one.

use crate::entropy::interval::PRECISION;

/// After this many decisions, the rate no longer falls.
const LIMIT: u32 = 62;

/// The probability of a decision, which adapts: the first decisions move it most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counter {
    /// Probability of `false`, of 2^24; never 0 nor 2^24.
    zero: u32,
    /// Decisions seen, at most [`LIMIT`].
    seen: u32,
}

impl Counter {
    /// A counter before its first decision: both answers are equally likely.
    pub(crate) const EVEN: Counter = Counter {
        zero: 1 << (PRECISION - 1),
        seen: 0,
    };

    /// The probability of `false`, of 2^24.
    #[inline]
    pub(crate) fn zero(&self) -> u32 {
        self.zero
    }

    /// Learns the outcome of a decision.
    #[inline]
    pub(crate) fn update(&mut self, bit: bool) {
        let divisor = self.seen + 2;
        if bit {
            self.zero -= self.zero / divisor;
        } else {
            self.zero += ((1 << PRECISION) - self.zero) / divisor;
        }
        self.seen = LIMIT.min(self.seen + 1);
    }
}
