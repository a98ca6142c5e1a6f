//! Counters by context: what to add to the network's log-odds (`docs/format.md`, *Refinement*, *A decision*).
//!
//! In: the slots of the contexts and a node. Out: two inputs of the mixer for each context.

use crate::coders::refined::dimensions::{CONTEXTS, NODES, SLOTS};
use crate::coders::refined::prefetch::prefetch;
use crate::entropy::logistic::squash;

/// Answers that a counter counts, at most.
const MAX_SEEN: usize = 255;
/// The lowest rate, of 4096.
const MIN_RATE: i32 = 90;
/// The log-odds of a counter stay within ±this.
const MAX_LOG_ODDS: i32 = 6144;

/// The rate of learning, of 4096, by the answers seen.
static RATES: [i32; MAX_SEEN + 1] = {
    let mut table = [0; MAX_SEEN + 1];
    let mut seen = 0;
    while seen <= MAX_SEEN {
        let rate = (4 << 12) / (seen as i32 + 4);
        table[seen] = if rate < MIN_RATE { MIN_RATE } else { rate };
        seen += 1;
    }
    table
};

/// How much a counter is trusted, of 4096, by the answers seen.
static TRUST: [i32; MAX_SEEN + 1] = {
    let mut table = [0; MAX_SEEN + 1];
    let mut seen = 0;
    while seen <= MAX_SEEN {
        table[seen] = ((seen as i32) << 12) / (seen as i32 + 8);
        seen += 1;
    }
    table
};

/// A correction of the network's log-odds, and the number of answers it rests on.
#[derive(Clone, Copy, Default)]
struct ContextCounter {
    log_odds: i16,
    seen: u8,
}

/// The counters of one slot by node: two cache lines.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Slot([ContextCounter; NODES]);

/// A counter for each context, slot and node.
pub(crate) struct ContextCounters {
    slots: Vec<Slot>,
}

impl ContextCounters {
    pub(crate) const BYTES: usize = CONTEXTS * SLOTS * size_of::<Slot>();

    pub(crate) fn new() -> ContextCounters {
        ContextCounters {
            slots: vec![Slot::default(); CONTEXTS * SLOTS],
        }
    }

    /// Loads slots that will be needed soon.
    #[inline(always)]
    pub(crate) fn prefetch(&self, slots: &[usize]) {
        for &slot in slots {
            prefetch(&self.slots[slot].0, NODES / 2);
        }
    }

    /// Writes two inputs per context: the correction, and the correction as far as it is trusted.
    #[inline(always)]
    pub(crate) fn inputs(&self, slots: &[usize; CONTEXTS], node: usize, inputs: &mut [i32]) {
        let (pairs, _) = inputs.as_chunks_mut::<2>();
        for (pair, &slot) in pairs.iter_mut().zip(slots) {
            let ContextCounter { log_odds, seen } = self.slots[slot].0[node];
            *pair = [
                log_odds.into(),
                (i32::from(log_odds) * TRUST[usize::from(seen)]) >> 12,
            ];
        }
    }

    /// Learns the answer, 0 or 2^16, to a decision for which the network gave the log-odds `network`.
    #[inline(always)]
    pub(crate) fn learn(
        &mut self,
        slots: &[usize; CONTEXTS],
        node: usize,
        network: i32,
        answer: i32,
    ) {
        for &slot in slots {
            let counter = &mut self.slots[slot].0[node];
            let error = answer - squash(network + i32::from(counter.log_odds));
            let step = (error * RATES[usize::from(counter.seen)] + (1 << 17)) >> 18;
            let moved = i32::from(counter.log_odds) + step;
            counter.log_odds = moved.clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS) as i16;
            counter.seen = counter.seen.saturating_add(1);
        }
    }
}
