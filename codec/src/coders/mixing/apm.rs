//! Adaptive probability maps (APM, also SSE) by context (`docs/format.md`, *General method*, *Mixed decisions*).
//!
//! In: the mixer's log-odds. Out: a probability, learned from what such log-odds led to before.

use crate::entropy::logistic::squash;

/// Binary logarithm of the number of knot sets.
const KNOT_SET_BITS: u32 = 10;
/// Knots of a set, in equal steps of log-odds.
const KNOTS: usize = 33;
/// Binary logarithm of the log-odds between two knots.
const KNOT_BITS: u32 = 9;
/// The rate, as a power of two.
const RATE: u32 = 6;

/// Probabilities of 2^16 at 33 knots for each context.
pub(crate) struct ContextApm {
    knot_sets: Vec<[u16; KNOTS]>,
}

/// A position between two knots of a set.
#[derive(Clone, Copy)]
pub(crate) struct KnotPosition {
    set: usize,
    knot: usize,
    part: i32,
}

impl ContextApm {
    /// Knot sets that change nothing.
    pub(crate) fn new() -> ContextApm {
        let identity = std::array::from_fn(|knot| {
            squash(((knot as i32) - (KNOTS as i32 - 1) / 2) << KNOT_BITS) as u16
        });
        ContextApm {
            knot_sets: vec![identity; 1 << KNOT_SET_BITS],
        }
    }

    /// The position of log-odds in the knot set of a context.
    #[inline]
    pub(crate) fn position(&self, context: u32, log_odds: i32) -> KnotPosition {
        let shifted = log_odds + ((KNOTS as i32 - 1) << KNOT_BITS) / 2;
        let knot = (shifted >> KNOT_BITS).clamp(0, KNOTS as i32 - 2);
        KnotPosition {
            set: (context >> (32 - KNOT_SET_BITS)) as usize,
            knot: knot as usize,
            part: shifted - (knot << KNOT_BITS),
        }
    }

    /// The probability at a position.
    #[inline]
    pub(crate) fn probability(&self, at: KnotPosition) -> i32 {
        let knots = &self.knot_sets[at.set];
        let (low, high) = (i32::from(knots[at.knot]), i32::from(knots[at.knot + 1]));
        low + (((high - low) * at.part) >> KNOT_BITS)
    }

    /// Moves the nearest knot towards the answer.
    #[inline]
    pub(crate) fn learn(&mut self, at: KnotPosition, bit: bool) {
        let nearest = at.knot + (at.part >> (KNOT_BITS - 1)) as usize;
        let knot = &mut self.knot_sets[at.set][nearest];
        let target = if bit { 65_535 - 31 } else { 32 };
        let distance = target - i32::from(*knot);
        *knot = (i32::from(*knot) + (distance >> RATE)) as u16;
    }
}
