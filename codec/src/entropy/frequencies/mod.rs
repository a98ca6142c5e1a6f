//! From logits to intervals of 2^24: the integer table, the sums, and the search.
//!
//! In: logits `[256][lanes]` and, to encode, symbols. Out: an [`Interval`] per lane, or a block in which the range
//! decoder finds its symbol (`docs/format.md`, *Frequencies*).

#[cfg(target_arch = "x86_64")]
mod avx2;

use std::ops::Range;

use crate::entropy::interval::{Interval, PRECISION};
use crate::model::predictor::SYMBOLS;

/// Lanes that the kernel sums side by side.
pub(crate) const BLOCK: usize = 32;
/// Symbols between two stored partial sums.
const RUN: usize = 16;

/// `round(2^(15 + i/16))`.
const MANTISSA: [u16; 16] = [
    32768, 34219, 35734, 37316, 38968, 40693, 42495, 44376, 46341, 48393, 50535, 52773, 55109,
    57549, 60097, 62757,
];

/// The frequency of a logit: `MANTISSA[l & 15] >> (15 − (l >> 4))`, 1 to 62757.
pub const EXP2: [u32; 256] = {
    let mut table = [0; 256];
    let mut l = 0;
    while l < 256 {
        table[l] = (MANTISSA[l & 15] >> (15 - (l >> 4))) as u32;
        l += 1;
    }
    table
};

/// Where 2^24 is cut between two symbols: what symbol 0 owns. Neither part is empty.
pub(crate) fn zero_of_two(logits: [u8; 2]) -> u32 {
    let [zero, one] = logits.map(|logit| EXP2[usize::from(logit)]);
    Interval::scaled(0, zero, zero + one).probability.get()
}

/// Running sums over symbols: `sums[j][lane]` is the sum of the frequencies of the symbols below `16 · (j + 1)`.
type RunningSums = [[u32; BLOCK]; SYMBOLS / RUN];

/// Running sums without gaps: `sums[r][lane]` is the sum of the frequencies of the symbols up to `r`.
pub(crate) type AllSums = [[u32; BLOCK]; SYMBOLS];

/// Which implementation of the sums is used; both give the same integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Plain Rust, on any machine.
    Scalar,
    /// Eight 32-bit sums per instruction.
    Avx2,
}

impl Kernel {
    /// The fastest that this machine has.
    pub fn detect() -> Kernel {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Kernel::Avx2;
        }
        Kernel::Scalar
    }
}

/// Turns logits into intervals. Holds the buffer of one block of lanes.
pub struct Frequencies {
    kernel: Kernel,
    sums: RunningSums,
    all_sums: Box<AllSums>,
}

impl Frequencies {
    /// With the given kernel. [`Kernel::Avx2`] falls back to [`Kernel::Scalar`] on a machine without it.
    pub fn new(kernel: Kernel) -> Frequencies {
        Frequencies {
            kernel: if kernel == Kernel::detect() {
                kernel
            } else {
                Kernel::Scalar
            },
            sums: [[0; BLOCK]; SYMBOLS / RUN],
            all_sums: Box::new([[0; BLOCK]; SYMBOLS]),
        }
    }

    /// The kernel that is used.
    pub(crate) fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Appends the interval of each lane's symbol.
    ///
    /// `logits` has `256 × lanes` values, the logit of symbol `r` of lane `i` at `r · lanes + i`; `symbols` has one per lane.
    pub fn intervals(&mut self, logits: &[u8], symbols: &[u8], out: &mut Vec<Interval>) {
        let lanes = symbols.len();
        for fresh in blocks(0..lanes) {
            let block = self.block(logits, lanes, fresh.clone());
            out.extend(fresh.map(|lane| block.interval(lane, symbols[lane])));
        }
    }

    /// Sums the lanes `fresh` (at most 32) of `lanes`, ready for the search.
    pub(crate) fn block<'a>(
        &'a mut self,
        logits: &'a [u8],
        lanes: usize,
        fresh: Range<usize>,
    ) -> Block<'a> {
        let summed = summed(&fresh);
        sum::<RUN>(self.kernel, logits, lanes, summed.clone(), &mut self.sums);
        Block {
            logits,
            lanes,
            first: summed.start,
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
        sum::<1>(
            self.kernel,
            logits,
            lanes,
            summed.clone(),
            &mut *self.all_sums,
        );
        (summed.start, &self.all_sums)
    }
}

/// Cuts lanes into ranges of at most [`BLOCK`].
pub(crate) fn blocks(lanes: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = lanes.end;
    lanes
        .step_by(BLOCK)
        .map(move |first| first..end.min(first + BLOCK))
}

/// A whole block of lanes that ends like `fresh`, if there are so many before it.
fn summed(fresh: &Range<usize>) -> Range<usize> {
    fresh.end.saturating_sub(BLOCK)..fresh.end
}

/// Sums the lanes of `range`, at most [`BLOCK`]; `sums[j]` are the sums below symbol `STRIDE · (j + 1)`.
fn sum<const STRIDE: usize>(
    kernel: Kernel,
    logits: &[u8],
    lanes: usize,
    range: Range<usize>,
    sums: &mut [[u32; BLOCK]],
) {
    #[cfg(target_arch = "x86_64")]
    if kernel == Kernel::Avx2 && range.len() == BLOCK {
        return avx2::running_sums_detected::<STRIDE>(logits, lanes, range.start, sums);
    }
    running_sums::<STRIDE>(logits, lanes, range, sums);
}

fn running_sums<const STRIDE: usize>(
    logits: &[u8],
    lanes: usize,
    range: Range<usize>,
    sums: &mut [[u32; BLOCK]],
) {
    let count = range.len();
    let mut running = [0u32; BLOCK];
    for (symbol, row) in logits.chunks_exact(lanes).take(SYMBOLS).enumerate() {
        for (sum, &logit) in running[..count].iter_mut().zip(&row[range.clone()]) {
            *sum += EXP2[usize::from(logit)];
        }
        if symbol % STRIDE == STRIDE - 1 {
            sums[symbol / STRIDE] = running;
        }
    }
}

/// Up to 32 lanes whose frequencies are summed.
pub(crate) struct Block<'a> {
    logits: &'a [u8],
    lanes: usize,
    first: usize,
    sums: &'a RunningSums,
}

impl Block<'_> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_positive_and_a_total_stays_below_the_precision() {
        assert_eq!((EXP2[0], EXP2[15], EXP2[16], EXP2[255]), (1, 1, 2, 62757));
        assert!(EXP2.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(EXP2[255] * 256 < 1 << PRECISION);
    }

    #[test]
    fn two_symbols_share_all() {
        assert_eq!(zero_of_two([7, 7]), 1 << 23);
        let last = (1 << PRECISION) - 1;
        for logits in [[0, 255], [255, 0], [255, 255], [3, 200]] {
            assert!((1..=last).contains(&zero_of_two(logits)));
        }
        assert_eq!(zero_of_two([0, 255]), (1 << PRECISION) / 62758);
    }

    #[test]
    fn mantissas_are_the_nearest_integers() {
        // 2^(15 + i/16) lies within half of m when m's neighbours at ±1/2 bracket it: (2m ± 1)^16 against 2^(16·16 + i).
        for (i, &m) in MANTISSA.iter().enumerate() {
            assert!(power16(2 * u128::from(m) - 1) <= exponent(i));
            assert!(power16(2 * u128::from(m) + 1) > exponent(i));
        }
    }

    // Sixteenth powers of 17-bit numbers, as 64-bit limbs from the highest.
    fn power16(base: u128) -> Vec<u64> {
        (0..16).fold(vec![0, 0, 0, 0, 1], |limbs, _| {
            let mut carry = 0;
            let mut product: Vec<u64> = limbs
                .iter()
                .rev()
                .map(|&limb| {
                    let wide = u128::from(limb) * base + carry;
                    carry = wide >> 64;
                    wide as u64
                })
                .collect();
            product.reverse();
            product
        })
    }

    fn exponent(i: usize) -> Vec<u64> {
        let bit = 16 * 16 + i;
        let mut limbs = vec![0u64; 5];
        limbs[4 - bit / 64] = 1 << (bit % 64);
        limbs
    }
}
