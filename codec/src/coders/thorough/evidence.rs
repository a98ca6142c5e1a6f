//! From counts to log-odds (`docs/format.md`, *Thorough refinement*, *Logarithms and counts*).
//!
//! In: the network's probability, and how often samples lay below and above a split. Out: an input of the mixer. The
//! network counts as a few samples, so that few samples do not say much.

use crate::coders::thorough::logarithm::logarithm;
use crate::entropy::logistic::{MAX_LOG_ODDS, ONE};

/// Parts of a count.
const PARTS: u32 = 16;

/// What the network's probability is worth, in parts of a count.
#[derive(Clone, Copy)]
pub(crate) struct Evidence {
    below: u32,
    above: u32,
}

impl Evidence {
    /// For the probability `upper`, of 2^16, that the sample is not below the split; `worth` parts of a count.
    #[inline(always)]
    pub(crate) fn new(upper: i32, worth: u32) -> Evidence {
        let share = |part: i32| ((part as u32 * worth) >> 16) + 1;
        Evidence {
            below: share(ONE - upper),
            above: share(upper),
        }
    }

    /// The log-odds that the sample is above the split.
    #[inline(always)]
    pub(crate) fn log_odds(self, below: u32, above: u32) -> i16 {
        let log_odds =
            logarithm(above * PARTS + self.above) - logarithm(below * PARTS + self.below);
        log_odds.clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS) as i16
    }
}
