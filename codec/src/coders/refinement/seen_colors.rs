//! How often each value of a sample was seen after the same earlier samples of the pixel (`docs/format.md`,
//! *Refinement*, *Seen colours*).
//!
//! In: coded colours. Out: an input of the mixer, and the class of counts that selects a weight set. Images converted
//! from luma and chroma use only a small part of all colours, which this learns.

use crate::coders::mixing::arithmetic;
use crate::coders::mixing::prefetch::prefetch;
use crate::coders::refinement::dimensions::{CHANNELS, LANES, LaneShorts};
use crate::coders::refinement::large_pages::ask_for_large_pages;
use crate::model::predictor::SYMBOLS;
use crate::simd::InstructionSet;

/// Added to the counts, divided as the network's distribution divides it.
const PSEUDO_COUNT: u32 = 1;
/// Classes of a sum of counts: none, then octaves.
const OCTAVES: usize = 9;
/// Classes of the two sums: neither is 0, the lower is, the upper is.
const SIDES: usize = 3;
/// Bytes to a cache line.
const LINE: usize = 64;

/// Counts by the earlier samples and the value.
pub(crate) struct SeenColors {
    rows: Vec<[u8; SYMBOLS]>,
    instructions: InstructionSet,
}

/// The counts for one sample: their row, and their sum over the values that are still possible.
#[derive(Clone, Copy)]
pub(crate) struct SeenValues {
    row: usize,
    left: u32,
}

/// The counts on both sides of a split.
#[derive(Clone, Copy)]
pub(crate) struct SplitCounts {
    below: u32,
    above: u32,
}

impl SeenColors {
    /// Rows, by the number of channels.
    const ROWS: [usize; CHANNELS] = [1, 1 + SYMBOLS, 1 + SYMBOLS + SYMBOLS * SYMBOLS];
    pub(crate) const BYTES: usize = SeenColors::ROWS[CHANNELS - 1] * SYMBOLS;

    pub(crate) fn new(channels: usize, instructions: InstructionSet) -> SeenColors {
        SeenColors {
            rows: vec![[0; SYMBOLS]; SeenColors::ROWS[channels - 1]],
            instructions,
        }
    }

    /// See `Decisions::use_large_pages` of the refined method.
    pub(crate) fn use_large_pages(&mut self) {
        ask_for_large_pages(&mut self.rows);
    }

    /// The rows of a batch, which will be needed soon; `earlier` are the pixels' first two samples, as far as they are
    /// known.
    #[inline(always)]
    pub(crate) fn rows(&self, earlier: &[LaneShorts], lanes: usize) -> [usize; LANES] {
        let mut rows = [0; LANES];
        for (lane, row) in rows[..lanes].iter_mut().enumerate() {
            *row = match earlier {
                [] => 0,
                [first] => 1 + first[lane] as usize,
                [first, second, ..] => {
                    1 + SYMBOLS + first[lane] as usize * SYMBOLS + second[lane] as usize
                }
            };
            prefetch(&self.rows[*row], LINE);
        }
        rows
    }

    /// The counts of a row, before the first decision.
    #[inline(always)]
    pub(crate) fn start(&self, row: usize) -> SeenValues {
        let left = self.sum(row, 0, SYMBOLS);
        SeenValues { row, left }
    }

    #[inline(always)]
    fn sum(&self, row: usize, low: usize, high: usize) -> u32 {
        let row = &self.rows[row];
        arithmetic::sum_bytes(self.instructions, row, low, high)
    }

    /// The counts of `low..split`, and of the other values that are still possible.
    #[inline(always)]
    pub(crate) fn count(&self, seen: SeenValues, low: usize, split: usize) -> SplitCounts {
        let below = self.sum(seen.row, low, split);
        SplitCounts {
            below,
            above: seen.left - below,
        }
    }

    /// Counts the coded value.
    #[inline(always)]
    pub(crate) fn learn(&mut self, seen: SeenValues, value: usize) {
        let row = &mut self.rows[seen.row];
        row[value] += 1;
        if row[value] == u8::MAX {
            row.iter_mut().for_each(|count| *count >>= 1);
        }
    }
}

impl SeenValues {
    pub(crate) const NONE: SeenValues = SeenValues { row: 0, left: 0 };

    /// Keeps the values from the split on, or those below it.
    #[inline(always)]
    pub(crate) fn narrow(&mut self, counts: SplitCounts, at_least: bool) {
        self.left = if at_least { counts.above } else { counts.below };
    }
}

impl SplitCounts {
    pub(crate) const NONE: SplitCounts = SplitCounts { below: 0, above: 0 };

    /// Classes of counts.
    pub(crate) const CLASSES: usize = OCTAVES * SIDES;

    /// The probability, of 2^16, that the value is at least the split; `network` is the network's.
    #[inline(always)]
    pub(crate) fn probability(self, network: i32) -> i32 {
        let sum = self.below + self.above + PSEUDO_COUNT;
        (((self.above << 16) + PSEUDO_COUNT * network as u32) / sum) as i32
    }

    /// The class of the two sums.
    #[inline(always)]
    pub(crate) fn class(self) -> usize {
        let sum = self.below + self.above;
        let octave = sum.checked_ilog2().map_or(0, |octave| octave as usize + 1);
        let side = match (self.below, self.above) {
            (0, _) => 1,
            (_, 0) => 2,
            _ => 0,
        };
        octave.min(OCTAVES - 1) * SIDES + side
    }
}
