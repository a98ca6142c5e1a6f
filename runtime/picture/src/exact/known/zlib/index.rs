//! Where the strings of a text occurred before.

use std::iter;

/// So few that the heads of all indexes stay in the cache.
const KEY_BITS: u32 = 15;

/// Chains of the positions at which strings of some bytes, 3 to 8, begin.
pub(crate) struct Index {
    bytes: usize,
    /// One more than the last position of each key; 0 for none.
    heads: Vec<u32>,
    /// For each position, modulo the window: how far back the previous position with the same key is; 0 for none, or if
    /// it is farther than a window can be.
    links: Vec<u16>,
}

impl Index {
    /// Creates an empty index; `window` is a power of 2.
    pub(crate) fn new(bytes: usize, window: usize) -> Index {
        Index {
            bytes,
            heads: vec![0; 1 << KEY_BITS],
            links: vec![0; window],
        }
    }

    /// Bytes of a string.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds the string at `position`, of which `word` has the first bytes in its lowest bits.
    pub(crate) fn insert(&mut self, position: usize, word: u64) {
        let string = word << (64 - 8 * self.bytes);
        let key = string.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - KEY_BITS);
        let head = &mut self.heads[key as usize];
        let distance = match *head {
            0 => 0,
            head => u16::try_from(position + 1 - head as usize).unwrap_or(0),
        };
        let mask = self.links.len() - 1;
        self.links[position & mask] = distance;
        *head = position as u32 + 1;
    }

    /// The positions with the key of the one at `position`, which was inserted, the last one first. The first one that
    /// is a window or more away, and all behind it, are arbitrary.
    pub(crate) fn before(&self, position: usize) -> impl Iterator<Item = usize> {
        let mask = self.links.len() - 1;
        let link = move |position: usize| match self.links[position & mask] {
            0 => None,
            distance => position.checked_sub(distance.into()),
        };
        iter::successors(link(position), move |&position| link(position))
    }
}
