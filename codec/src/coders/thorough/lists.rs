//! Lists of the values that followed a context (`docs/format.md`, *Thorough refinement*, *Lists*).
//!
//! In: exact samples around a pixel. Out: inputs of the mixer: how often a sample above or below a split came after
//! them.

use crate::coders::mixing::prefetch::prefetch;
use crate::coders::thorough::dimensions::LISTS;
use crate::coders::thorough::evidence::Evidence;

/// Lists of a context.
const LISTS_OF_A_CONTEXT: usize = 1 << 16;
/// Values of a list.
const VALUES: usize = 7;
/// A count loses its `2^DECAY`th part when another value is coded.
const DECAY: u32 = 3;
/// What a sample counts.
const STEP: u8 = 3;
/// Lists side by side: those of a sample and empty ones.
const WIDE: usize = LISTS.next_multiple_of(16);

/// The values that were coded last after a context.
const FIRST_VALUE: usize = 2;
/// How often each of them was coded.
const FIRST_COUNT: usize = FIRST_VALUE + VALUES;

/// A check, values and counts: plain bytes, so that lists which a small image does not use cost nothing.
type List = [u8; FIRST_COUNT + VALUES];

/// The lists of all contexts.
pub(crate) struct Lists {
    all: Vec<List>,
}

/// The index of a list, and the check that tells its context from others that share the list.
#[derive(Clone, Copy)]
pub(crate) struct ListIndex {
    index: u32,
    check: u16,
}

/// The lists of a sample.
pub(crate) type ListIndices = [ListIndex; LISTS];

/// The indices of the lists of some contexts, each made of four numbers.
#[inline(always)]
pub(crate) fn indices(channel: usize, contexts: &[[i32; 4]; LISTS]) -> ListIndices {
    let mut indices = [ListIndex { index: 0, check: 0 }; LISTS];
    for (context, list) in indices.iter_mut().enumerate() {
        let mut hash = (context * 3 + channel + 1) as u32;
        for &number in &contexts[context] {
            hash = (hash ^ number as u32)
                .wrapping_mul(0x9e37_79b1)
                .rotate_left(15);
        }
        hash = hash.wrapping_mul(0x85eb_ca6b);
        hash ^= hash >> 15;
        *list = ListIndex {
            index: (context * LISTS_OF_A_CONTEXT) as u32 + (hash >> 16),
            check: hash as u16 | 1,
        };
    }
    indices
}

impl Lists {
    pub(crate) const BYTES: usize = LISTS * LISTS_OF_A_CONTEXT * size_of::<List>();

    pub(crate) fn new() -> Lists {
        Lists {
            all: vec![[0; FIRST_COUNT + VALUES]; LISTS * LISTS_OF_A_CONTEXT],
        }
    }

    /// The lists of a sample; those of other contexts are emptied.
    #[inline(always)]
    pub(crate) fn open(&mut self, indices: &ListIndices) -> OpenLists {
        let mut open = OpenLists::NONE;
        for (column, at) in indices.iter().enumerate() {
            let list = &mut self.all[at.index as usize];
            let check = at.check.to_le_bytes();
            if list[..FIRST_VALUE] != check {
                list[..FIRST_VALUE].copy_from_slice(&check);
                list[FIRST_COUNT..].fill(0);
            }
            for at in 0..VALUES {
                open.values[at][column] = list[FIRST_VALUE + at].into();
                open.counts[at][column] = list[FIRST_COUNT + at].into();
            }
        }
        open
    }

    /// Loads lists that will be needed soon.
    #[inline(always)]
    pub(crate) fn prefetch(&self, indices: &ListIndices) {
        for at in indices {
            prefetch(&self.all[at.index as usize], FIRST_COUNT + VALUES);
        }
    }

    /// Counts a coded sample.
    #[inline(always)]
    pub(crate) fn learn(&mut self, indices: &ListIndices, sample: u8) {
        for at in indices {
            learn(&mut self.all[at.index as usize], sample);
        }
    }
}

/// The lists of a sample side by side, so that all are searched at once.
pub(crate) struct OpenLists {
    values: [[i16; WIDE]; VALUES],
    counts: [[i16; WIDE]; VALUES],
}

impl OpenLists {
    pub(crate) const NONE: OpenLists = OpenLists {
        values: [[0; WIDE]; VALUES],
        counts: [[0; WIDE]; VALUES],
    };

    /// What the lists say to a decision between `low..split` and `split..high`.
    #[inline(always)]
    pub(crate) fn inputs(&self, bounds: [usize; 3], prior: Evidence, inputs: &mut [i16]) {
        let [low, split, high] = bounds.map(|bound| bound as i16);
        let (mut below, mut above) = ([0_i16; WIDE], [0_i16; WIDE]);
        for (values, counts) in self.values.iter().zip(&self.counts) {
            for list in 0..WIDE {
                let (value, count) = (values[list], counts[list]);
                below[list] += if (value >= low) & (value < split) {
                    count
                } else {
                    0
                };
                above[list] += if (value >= split) & (value < high) {
                    count
                } else {
                    0
                };
            }
        }
        for (input, (&below, &above)) in inputs.iter_mut().zip(below.iter().zip(&above)) {
            *input = prior.log_odds(below as u32, above as u32);
        }
    }

    /// The number of samples in a list.
    #[inline(always)]
    pub(crate) fn count(&self, list: usize) -> i16 {
        let mut sum = 0;
        for counts in &self.counts {
            sum += counts[list];
        }
        sum
    }
}

#[inline(always)]
fn learn(list: &mut List, sample: u8) {
    let (values, counts) = list[FIRST_VALUE..].split_at_mut(VALUES);
    let (mut found, mut least) = (VALUES, 0);
    for (at, (&value, &count)) in values.iter().zip(counts.iter()).enumerate() {
        if value == sample && count > 0 {
            found = at;
        }
        if count < counts[least] {
            least = at;
        }
    }
    for (at, count) in counts.iter_mut().enumerate() {
        if at != found && *count > 2 {
            *count -= *count >> DECAY;
        }
    }
    if found == VALUES {
        found = least;
        values[found] = sample;
        counts[found] = 0;
    }
    counts[found] = counts[found].saturating_add(STEP);
}
