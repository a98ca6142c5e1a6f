//! The matches that zlib finds.
//!
//! zlib walks along the chain of the strings whose first three bytes have the same hash, the last one first, up to a
//! number of strings. It takes the longest match, and of equally long ones the first. A match of some bytes is in the
//! chain of the strings of as many bytes, too, which is shorter. Each position keeps its number in zlib's chain, so
//! that the difference of two tells whether zlib comes as far.

use std::ops::Range;

use crate::exact::known::encoder::Parameters;
use crate::exact::known::zlib::index::Index;

/// Bytes of the shortest and of the longest match.
pub(crate) const SHORTEST: usize = 3;
pub(crate) const LONGEST: usize = 258;
/// Bytes that zlib wants to have ahead, which reduce its window.
pub(crate) const AHEAD: usize = LONGEST + SHORTEST + 1;

/// Strings after which the walk along a chain asks how far zlib would have come.
const PACE: usize = 32;

/// An earlier string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) length: usize,
    pub(crate) distance: usize,
}

/// How long zlib looks.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// Strings of the same hash.
    pub(crate) chain: u32,
    /// A match of as many bytes is good enough.
    pub(crate) nice: usize,
}

/// Which matches count.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    /// Matches of three bytes up to this distance, and all longer ones.
    Short(usize),
    /// Matches of six bytes or more.
    Long,
}

/// The strings that were inserted so far.
pub(crate) struct Matches<'a> {
    plain: &'a [u8],
    hash: Hash,
    /// The number of strings with each of zlib's hashes.
    counts: Vec<u32>,
    /// For each position, modulo the window: the number of its string among those with the same hash.
    numbers: Vec<u32>,
    /// Strings of several numbers of bytes, the longest first, and how far away they may be.
    indexes: Vec<(Index, usize)>,
    farthest: usize,
}

impl<'a> Matches<'a> {
    pub(crate) fn new(plain: &'a [u8], parameters: Parameters, wanted: Wanted) -> Matches<'a> {
        let hash = Hash::new(parameters.memory_level);
        let window = 1 << parameters.window_bits;
        let farthest = window - AHEAD;
        let lengths: &[(usize, usize)] = match wanted {
            Wanted::Short(far) => &[(8, farthest), (4, farthest), (SHORTEST, far.min(farthest))],
            Wanted::Long => &[(8, farthest), (6, farthest)],
        };
        let index = |&(bytes, far)| (Index::new(bytes, window), far);
        Matches {
            plain,
            counts: vec![0; hash.mask + 1],
            hash,
            numbers: vec![0; window],
            indexes: lengths.iter().map(index).collect(),
            farthest,
        }
    }

    /// Adds the string at `position`, unless it has less than three bytes.
    pub(crate) fn insert(&mut self, position: usize) {
        let bytes = &self.plain[position..];
        if bytes.len() < SHORTEST {
            return;
        }
        let word = word(bytes);
        for (index, _) in &mut self.indexes {
            index.insert(position, word);
        }
        let count = &mut self.counts[self.hash.of(word)];
        *count = count.wrapping_add(1);
        let mask = self.numbers.len() - 1;
        self.numbers[position & mask] = *count;
    }

    /// The match of more than `least` bytes, at least 2, that zlib takes for the string at `position`, which was
    /// inserted.
    pub(crate) fn find(&self, position: usize, least: usize, patience: Patience) -> Option<Match> {
        let mut longest = (self.plain.len() - position).min(LONGEST);
        // A longer string is in the second index, too.
        let (middle, far) = &self.indexes[1];
        let first = middle.before(position).next();
        let mut indexes = &self.indexes[..];
        if first.is_none_or(|first| position - first > *far) {
            longest = longest.min(middle.bytes() - 1);
            indexes = &self.indexes[2..];
        }
        for (index, far) in indexes {
            let bytes = index.bytes();
            if let found @ Some(_) = self.find_in(
                index,
                *far,
                position,
                least.max(bytes - 1)..longest,
                patience,
            ) {
                return found;
            }
            longest = longest.min(bytes - 1);
        }
        None
    }

    /// The match of more bytes than the lower bound, if there are none of more than the upper one.
    fn find_in(
        &self,
        index: &Index,
        far: usize,
        position: usize,
        lengths: Range<usize>,
        patience: Patience,
    ) -> Option<Match> {
        let Range {
            start: mut best,
            end: longest,
        } = lengths;
        if best >= longest {
            return None;
        }
        let mut found = None;
        let mut tail = self.tail(position + best);
        for (count, other) in index.before(position).enumerate() {
            if position - other > far {
                break;
            }
            // Most strings end here. From time to time, check whether zlib comes as far.
            if self.tail(other + best) != tail && count % PACE != PACE - 1 {
                continue;
            }
            if !self.begin_equal(position, other, index.bytes()) {
                continue;
            }
            if !self.is_seen(position, other, patience) {
                break;
            }
            let length = self.equal(position, other, longest);
            if length > best {
                found = Some(Match {
                    length,
                    distance: position - other,
                });
                if length >= patience.nice.min(longest) {
                    break;
                }
                best = length;
                tail = self.tail(position + best);
            }
        }
        found
    }

    /// The three bytes that end at `last`.
    fn tail(&self, last: usize) -> [u8; 3] {
        let bytes = self.plain[last - 2..].first_chunk();
        bytes.copied().unwrap_or_default()
    }

    /// Whether zlib looks at the string at `other`, which has the hash of the one at `position`. zlib never finds
    /// position 0, and only the first string of a chain may have the farthest distance.
    fn is_seen(&self, position: usize, other: usize, patience: Patience) -> bool {
        let mask = self.numbers.len() - 1;
        let number = |position: usize| self.numbers[position & mask];
        let strings = number(position).wrapping_sub(number(other));
        let is_near = position - other < self.farthest || strings == 1;
        other > 0 && strings <= patience.chain && is_near
    }

    /// Whether the first `bytes` bytes are equal; `position` has that many.
    fn begin_equal(&self, position: usize, other: usize, bytes: usize) -> bool {
        let differing = word(&self.plain[position..]) ^ word(&self.plain[other..]);
        differing << (64 - 8 * bytes) == 0
    }

    /// The number of equal bytes, at most `most`; `position` has that many.
    fn equal(&self, position: usize, other: usize, most: usize) -> usize {
        let (bytes, others) = (&self.plain[position..position + most], &self.plain[other..]);
        let mut equal = 0;
        while most - equal >= 8 {
            let differing = word(&bytes[equal..]) ^ word(&others[equal..]);
            if differing != 0 {
                return equal + differing.trailing_zeros() as usize / 8;
            }
            equal += 8;
        }
        let rest = bytes[equal..].iter().zip(&others[equal..]);
        equal + rest.take_while(|(byte, other)| byte == other).count()
    }
}

/// The first eight bytes, the first one in the lowest bits; zeros for those that are missing.
fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => bytes
            .iter()
            .rev()
            .fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// zlib's hash of three bytes.
struct Hash {
    shift: usize,
    mask: usize,
}

impl Hash {
    fn new(memory_level: u8) -> Hash {
        let bits = usize::from(memory_level) + 7;
        Hash {
            shift: bits.div_ceil(SHORTEST),
            mask: (1 << bits) - 1,
        }
    }

    /// The hash of the first three bytes of a word.
    fn of(&self, word: u64) -> usize {
        let [first, second, third, ..] = word.to_le_bytes().map(usize::from);
        ((first << self.shift ^ second) << self.shift ^ third) & self.mask
    }
}
