//! What was learned in contexts: log-odds to add to the network's (`docs/format.md`, *Refinement*, *A decision*).

use super::NODES;
use super::contexts::{CONTEXTS, SLOTS};
use super::fetch::fetch;
use crate::entropy::logistic::squash;

/// Times seen, at most.
const MOST_SEEN: usize = 255;

/// By times seen: the rate of learning, of 4096.
static RATES: [i32; MOST_SEEN + 1] = {
    let mut table = [0; MOST_SEEN + 1];
    let mut seen = 0;
    while seen <= MOST_SEEN {
        let rate = (4 << 12) / (seen as i32 + 4);
        table[seen] = if rate < 90 { 90 } else { rate };
        seen += 1;
    }
    table
};

/// By times seen: how much the correction is trusted, of 4096.
static TRUST: [i32; MOST_SEEN + 1] = {
    let mut table = [0; MOST_SEEN + 1];
    let mut seen = 0;
    while seen <= MOST_SEEN {
        table[seen] = ((seen as i32) << 12) / (seen as i32 + 8);
        seen += 1;
    }
    table
};

/// A correction, in log-odds, and how often it was learned from.
#[derive(Clone, Copy, Default)]
struct Correction {
    odds: i16,
    seen: u8,
}

/// The corrections of one slot by node: two cache lines.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Slot([Correction; NODES]);

/// One per context, slot and node.
pub(super) struct Corrections {
    slots: Vec<Slot>,
}

impl Corrections {
    pub(super) const BYTES: usize = CONTEXTS * SLOTS * size_of::<Slot>();

    pub(super) fn new() -> Corrections {
        Corrections {
            slots: vec![Slot::default(); CONTEXTS * SLOTS],
        }
    }

    /// Asks for the memory of slots that will be needed.
    #[inline(always)]
    pub(super) fn fetch(&self, slots: &[usize]) {
        for &slot in slots {
            fetch(&self.slots[slot].0, NODES / 2);
        }
    }

    /// Two opinions per context: the correction, and the correction as far as it is trusted.
    #[inline(always)]
    pub(super) fn opinions(&self, slots: &[usize; CONTEXTS], node: usize, out: &mut [i32]) {
        let (pairs, _) = out.as_chunks_mut::<2>();
        for (pair, &slot) in pairs.iter_mut().zip(slots) {
            let Correction { odds, seen } = self.slots[slot].0[node];
            *pair = [
                odds.into(),
                (i32::from(odds) * TRUST[usize::from(seen)]) >> 12,
            ];
        }
    }

    /// `network`: the network's log-odds; `answer`: 0 or 2^16.
    #[inline(always)]
    pub(super) fn learn(
        &mut self,
        slots: &[usize; CONTEXTS],
        node: usize,
        network: i32,
        answer: i32,
    ) {
        for &slot in slots {
            let correction = &mut self.slots[slot].0[node];
            let error = answer - squash(network + i32::from(correction.odds));
            let step = (error * RATES[usize::from(correction.seen)] + (1 << 17)) >> 18;
            correction.odds = (i32::from(correction.odds) + step).clamp(-6144, 6144) as i16;
            correction.seen = correction.seen.saturating_add(1);
        }
    }
}
