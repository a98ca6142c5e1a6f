//! Turns logits into intervals of 2^24: the table of frequencies, their sums, and the search.
//!
//! In: logits `[256][lanes]` and, to encode, symbols. Out: an [`Interval`] per lane, or sums in which the range
//! decoder finds its symbol (`docs/format.md`, *Frequencies*).

pub(crate) mod table;
pub(crate) mod sums;
#[cfg(target_arch = "x86_64")]
mod sums_avx2;
#[cfg(target_arch = "x86_64")]
mod sums_avx512;
#[cfg(target_arch = "aarch64")]
mod sums_neon;
pub(crate) mod lane_sums;

use std::ops::Range;

pub use self::table::EXP2;

use self::lane_sums::{LaneSums, PartialSums, RUN};
use self::sums::{AllSums, SUMMED_LANES};
use crate::entropy::interval::Interval;
use crate::model::predictor::SYMBOLS;
use crate::simd::InstructionSet;

/// The part of 2^24 that symbol 0 owns if there are two symbols. Neither part is empty.
pub(crate) fn zero_of_two(logits: [u8; 2]) -> u32 {
    let [zero, one] = logits.map(|logit| EXP2[usize::from(logit)]);
    Interval::scaled(0, zero, zero + one).probability.get()
}

/// Turns logits into intervals. Holds the buffers of up to 32 lanes.
pub struct Frequencies {
    instructions: InstructionSet,
    sums: PartialSums,
    all_sums: Box<AllSums>,
}

impl Frequencies {
    /// Creates the buffers. The instructions do not change the result.
    pub fn new(instructions: InstructionSet) -> Frequencies {
        Frequencies {
            instructions,
            sums: [[0; SUMMED_LANES]; SYMBOLS / RUN],
            all_sums: Box::new([[0; SUMMED_LANES]; SYMBOLS]),
        }
    }

    /// Appends the interval of each lane's symbol.
    ///
    /// `logits` has `256 × lanes` values, the logit of symbol `r` of lane `i` at `r · lanes + i`; `symbols` has one per
    /// lane.
    #[cfg(feature = "benchable")]
    pub fn intervals(&mut self, logits: &[u8], symbols: &[u8], out: &mut Vec<Interval>) {
        let lanes = symbols.len();
        for fresh in lane_ranges(0..lanes) {
            let sums = self.lane_sums(logits, lanes, fresh.clone());
            out.extend(fresh.map(|lane| sums.interval(lane, symbols[lane])));
        }
    }

    /// Sums the lanes `fresh` (at most 32) of `lanes`, ready for the search.
    pub(crate) fn lane_sums<'a>(
        &'a mut self,
        logits: &'a [u8],
        lanes: usize,
        fresh: Range<usize>,
    ) -> LaneSums<'a> {
        let summed = summed(&fresh);
        let first = summed.start;
        sum::<RUN>(self.instructions, logits, lanes, summed, &mut self.sums);
        LaneSums {
            logits,
            lanes,
            first,
            sums: &self.sums,
        }
    }

    /// All running sums of the lanes `fresh` (at most 32) of `lanes`, and the lane that the first of them belongs to.
    pub(crate) fn all_sums(
        &mut self,
        logits: &[u8],
        lanes: usize,
        fresh: &Range<usize>,
    ) -> (usize, &AllSums) {
        let summed = summed(fresh);
        let first = summed.start;
        let sums = &mut *self.all_sums;
        sum::<1>(self.instructions, logits, lanes, summed, sums);
        (first, &self.all_sums)
    }
}

/// Sums the lanes of `range`, at most 32 of them, of `lanes`.
fn sum<const STRIDE: usize>(
    instructions: InstructionSet,
    logits: &[u8],
    lanes: usize,
    range: Range<usize>,
    sums: &mut [[u32; SUMMED_LANES]],
) {
    #[cfg(target_arch = "x86_64")]
    if let InstructionSet::Avx512(avx512) = instructions {
        return sums_avx512::sum::<STRIDE>(avx512, logits, lanes, range, sums);
    }
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = instructions.avx2()
        && range.len() == SUMMED_LANES
    {
        return sums_avx2::sum::<STRIDE>(avx2, logits, lanes, range.start, sums);
    }
    #[cfg(target_arch = "aarch64")]
    if let InstructionSet::Neon(neon) = instructions
        && range.len() == SUMMED_LANES
    {
        return sums_neon::sum::<STRIDE>(neon, logits, lanes, range.start, sums);
    }
    instructions.run(
        #[inline(always)]
        || sums::sum::<STRIDE>(logits, lanes, range, sums),
    );
}

/// Cuts lanes into ranges of at most 32.
pub(crate) fn lane_ranges(lanes: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = lanes.end;
    lanes
        .step_by(SUMMED_LANES)
        .map(move |first| first..end.min(first + SUMMED_LANES))
}

/// The 32 lanes that end like `fresh`, as far as there are lanes before it.
fn summed(fresh: &Range<usize>) -> Range<usize> {
    fresh.end.saturating_sub(SUMMED_LANES)..fresh.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::interval::PRECISION;

    #[test]
    fn two_symbols_share_all() {
        assert_eq!(zero_of_two([7, 7]), 1 << 23);
        let last = (1 << PRECISION) - 1;
        for logits in [[0, 255], [255, 0], [255, 255], [3, 200]] {
            assert!((1..=last).contains(&zero_of_two(logits)));
        }
        assert_eq!(zero_of_two([0, 255]), (1 << PRECISION) / 62758);
    }
}
