//! How often each value of a sample was seen with the same earlier samples of the pixel (`docs/format.md`, *Refinement*, *Seen
//! colours*). Pictures that were converted from luma and chroma have few of all colours.

use super::CHANNELS;
use super::cells::Around;
use super::fetch::fetch;
use crate::model::predictor::SYMBOLS;

/// Added to the counts, split as the network says.
const PSEUDO_COUNT: u32 = 1;
/// Octaves of a sum of counts, and none.
const OCTAVES: usize = 9;
/// Which of the two sums are not 0.
const SIDES: usize = 3;
/// Bytes to a cache line.
const LINE: usize = 64;

/// Counts by the earlier samples and the value.
pub(super) struct SeenColors {
    rows: Vec<[u8; SYMBOLS]>,
}

/// The counts for one sample: their row, and the sum of those of the values that are left.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    row: usize,
    left: u32,
}

/// What the counts say about a decision.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    below: u32,
    above: u32,
}

impl SeenColors {
    /// Rows, by the number of channels.
    const ROWS: [usize; CHANNELS] = [1, 1 + SYMBOLS, 1 + SYMBOLS + SYMBOLS * SYMBOLS];
    pub(super) const BYTES: usize = SeenColors::ROWS[CHANNELS - 1] * SYMBOLS;

    pub(super) fn new(channels: usize) -> SeenColors {
        SeenColors {
            rows: vec![[0; SYMBOLS]; SeenColors::ROWS[channels - 1]],
        }
    }

    /// The row of a sample.
    #[inline(always)]
    pub(super) fn row(&self, around: &Around, channel: usize) -> usize {
        let [first, second, _] = around.own.samples.map(|sample| sample as usize);
        let row = match channel {
            0 => 0,
            1 => 1 + first,
            _ => 1 + SYMBOLS + first * SYMBOLS + second,
        };
        fetch(&self.rows[row], LINE);
        row
    }

    #[inline(always)]
    pub(super) fn begin(&self, row: usize) -> Seen {
        let left = self.sum(row, 0, SYMBOLS);
        Seen { row, left }
    }

    #[inline(always)]
    fn sum(&self, row: usize, low: usize, high: usize) -> u32 {
        let mut sum = 0;
        for &count in &self.rows[row][low..high] {
            sum += u32::from(count);
        }
        sum
    }

    /// The counts of `low..split`, and of the rest of the values that are left.
    #[inline(always)]
    pub(super) fn count(&self, seen: Seen, low: usize, split: usize) -> Counted {
        let below = self.sum(seen.row, low, split);
        Counted {
            below,
            above: seen.left - below,
        }
    }

    /// Learns from the coded value.
    #[inline(always)]
    pub(super) fn learn(&mut self, seen: Seen, value: usize) {
        let row = &mut self.rows[seen.row];
        row[value] += 1;
        if row[value] == u8::MAX {
            row.iter_mut().for_each(|count| *count >>= 1);
        }
    }
}

impl Seen {
    /// The value is at least the split, or below it.
    #[inline(always)]
    pub(super) fn narrow(&mut self, counted: Counted, at_least: bool) {
        self.left = if at_least {
            counted.above
        } else {
            counted.below
        };
    }
}

impl Counted {
    /// Classes of counts.
    pub(super) const CLASSES: usize = OCTAVES * SIDES;

    /// The probability, of 2^16, that the value is at least the split, when the network says `network`.
    #[inline(always)]
    pub(super) fn probability(self, network: i32) -> i32 {
        let sum = self.below + self.above + PSEUDO_COUNT;
        (((self.above << 16) + PSEUDO_COUNT * network as u32) / sum) as i32
    }

    #[inline(always)]
    pub(super) fn class(self) -> usize {
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
