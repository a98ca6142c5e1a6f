//! Up to 32 lanes whose frequencies are summed: the interval of a symbol, and the symbol of a quantile
//! (`docs/format.md`, *Frequencies*).

use crate::entropy::frequencies::sums::SUMMED_LANES;
use crate::entropy::frequencies::table::EXP2;
use crate::entropy::interval::{Interval, PRECISION};
use crate::model::predictor::SYMBOLS;

/// Symbols between two stored partial sums.
pub(crate) const RUN: usize = 16;

/// Partial sums: `sums[j][lane]` is the sum of the frequencies of the symbols below `16 · (j + 1)`.
pub(crate) type PartialSums = [[u32; SUMMED_LANES]; SYMBOLS / RUN];

/// The logits of some lanes and their partial sums.
pub(crate) struct LaneSums<'a> {
    /// The logit of symbol `r` of lane `i` is at `r · lanes + i`.
    pub(crate) logits: &'a [u8],
    pub(crate) lanes: usize,
    /// The lane that the first column of the sums belongs to.
    pub(crate) first: usize,
    pub(crate) sums: &'a PartialSums,
}

impl LaneSums<'_> {
    fn frequency(&self, lane: usize, symbol: usize) -> u32 {
        EXP2[usize::from(self.logits[symbol * self.lanes + lane])]
    }

    fn below_run(&self, lane: usize, run: usize) -> u32 {
        if run == 0 {
            0
        } else {
            self.sums[run - 1][lane - self.first]
        }
    }

    fn total(&self, lane: usize) -> u32 {
        self.sums[SYMBOLS / RUN - 1][lane - self.first]
    }

    /// The interval of a symbol of `lane`.
    pub(crate) fn interval(&self, lane: usize, symbol: u8) -> Interval {
        let symbol = usize::from(symbol);
        let run = symbol / RUN;
        let start = (run * RUN..symbol)
            .map(|below| self.frequency(lane, below))
            .fold(self.below_run(lane, run), |sum, frequency| sum + frequency);
        Interval::scaled(
            start,
            start + self.frequency(lane, symbol),
            self.total(lane),
        )
    }

    /// The symbol of `lane` whose interval holds `quantile` (below 2^24), and that interval.
    pub(crate) fn find(&self, lane: usize, quantile: u32) -> (u8, Interval) {
        let total = self.total(lane);
        let target = (((u64::from(quantile) + 1) * u64::from(total) - 1) >> PRECISION) as u32;
        let run = self.sums[..SYMBOLS / RUN - 1]
            .iter()
            .filter(|sums| sums[lane - self.first] <= target)
            .count();
        let (mut sum, mut start) = (self.below_run(lane, run), self.below_run(lane, run));
        let mut symbol = run * RUN;
        let frequencies: [u32; RUN] = std::array::from_fn(|j| self.frequency(lane, symbol + j));
        for frequency in &frequencies[..RUN - 1] {
            sum += frequency;
            let below = sum <= target;
            start = if below { sum } else { start };
            symbol += usize::from(below);
        }
        let end = start + self.frequency(lane, symbol);
        (symbol as u8, Interval::scaled(start, end, total))
    }
}
