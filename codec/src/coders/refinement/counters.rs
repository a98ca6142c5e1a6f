//! Counters by context: what to add to the network's log-odds (`docs/format.md`, *Refinement*, *Counters*).
//!
//! In: the slots of the contexts and a node. Out: an input of the mixer for each context.

use crate::coders::mixing::arithmetic;
use crate::coders::mixing::arithmetic::plain::{ContextNumbers, Lesson, correction};
use crate::coders::mixing::prefetch::prefetch;
use crate::coders::refinement::dimensions::{CONTEXTS, LANES, NODES, SLOTS};
use crate::coders::refinement::large_pages::ask_for_large_pages;
use crate::simd::InstructionSet;

/// The slots of a batch, by context and lane.
pub(crate) type Slots = [[u16; LANES]; CONTEXTS];

/// As many as 16 bits can count, so that no index is out of bounds.
const ALL_SLOTS: usize = CONTEXTS * SLOTS;
const _: () = assert!(ALL_SLOTS == 1 << u16::BITS);

/// The counters of one slot by node: half a cache line.
#[repr(align(32))]
struct Slot([i16; NODES]);

/// A counter for each context, slot and node.
pub(crate) struct ContextCounters {
    slots: Box<[Slot; ALL_SLOTS]>,
}

impl ContextCounters {
    pub(crate) const BYTES: usize = ALL_SLOTS * size_of::<Slot>();

    /// All zero, as fresh memory is: slots that a small image does not use cost nothing.
    #[allow(unsafe_code)]
    pub(crate) fn new() -> ContextCounters {
        ContextCounters {
            // SAFETY: a slot is plain integers, for which zero bytes are legal.
            slots: unsafe { Box::new_zeroed().assume_init() },
        }
    }

    /// See `Decisions::use_large_pages` of the refined method.
    pub(crate) fn use_large_pages(&mut self) {
        ask_for_large_pages(&mut self.slots[..]);
    }

    /// Loads the slots of a batch, which will be needed soon.
    #[inline(always)]
    pub(crate) fn prefetch(&self, slots: &Slots) {
        for &slot in slots.iter().flatten() {
            prefetch(&self.slots[usize::from(slot)].0, NODES);
        }
    }

    #[inline(always)]
    fn load(&self, slots: &Slots, lane: usize, node: usize) -> ContextNumbers {
        ContextNumbers(std::array::from_fn(|context| {
            self.slots[usize::from(slots[context][lane])].0[node % NODES]
        }))
    }

    /// The inputs of the mixer, one for each context: what the counters add to the network's log-odds.
    #[inline(always)]
    pub(crate) fn inputs(&self, slots: &Slots, lane: usize, node: usize) -> ContextNumbers {
        ContextNumbers(self.load(slots, lane, node).0.map(correction))
    }

    /// Learns the answer to a decision of a lane.
    #[inline(always)]
    pub(crate) fn learn(
        &mut self,
        slots: &Slots,
        lane: usize,
        node: usize,
        lesson: Lesson,
        instructions: InstructionSet,
    ) {
        let counters = self.load(slots, lane, node);
        let learned = arithmetic::learned(instructions, &counters, lesson);
        for (slots, counter) in slots.iter().zip(learned.0) {
            self.slots[usize::from(slots[lane])].0[node % NODES] = counter;
        }
    }
}
