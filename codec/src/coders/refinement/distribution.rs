//! The network's distribution of one sample over its values (`docs/format.md`, *Refinement*, *Masses*).
//!
//! In: running sums over symbols, and the prediction. Out: the mass below a value, and the value at a mass.

use crate::entropy::bit_coder::Distribution;
use crate::entropy::frequencies::sums::AllSums;
use crate::entropy::interval::{Interval, PRECISION};
use crate::model::predictor::SYMBOLS;

/// The frequencies of one sample in the order of its values: symbol `r` is the value `(prediction + r) mod 256`.
pub(crate) struct SampleDistribution<'a> {
    sums: &'a AllSums,
    lane: usize,
    prediction: u8,
    /// Mass of the symbols before that of value 0.
    before: u32,
    total: u32,
}

/// The values `low..high` that are still possible, and the masses below `low` and `high`.
#[derive(Clone, Copy)]
pub(crate) struct OpenValues {
    pub(crate) low: usize,
    pub(crate) high: usize,
    below: u32,
    end: u32,
}

/// A value that divides others, and the mass below it.
#[derive(Clone, Copy)]
pub(crate) struct Split {
    pub(crate) value: usize,
    below: u32,
}

impl Split {
    pub(crate) const NONE: Split = Split { value: 0, below: 0 };
}

impl OpenValues {
    pub(crate) const NONE: OpenValues = OpenValues {
        low: 0,
        high: 0,
        below: 0,
        end: 0,
    };

    /// Whether more than one value is possible.
    #[inline(always)]
    pub(crate) fn is_undecided(self) -> bool {
        self.high - self.low > 1
    }

    /// The share of the mass that is not below the split, of 2^16.
    #[inline(always)]
    pub(crate) fn upper_share(self, split: Split) -> i32 {
        ((u64::from(self.end - split.below) << 16) / u64::from(self.end - self.below)) as i32
    }

    /// The values from the split on, or those below it.
    #[inline(always)]
    pub(crate) fn narrowed(self, split: Split, at_least: bool) -> OpenValues {
        if at_least {
            OpenValues {
                low: split.value,
                below: split.below,
                ..self
            }
        } else {
            OpenValues {
                high: split.value,
                end: split.below,
                ..self
            }
        }
    }
}

/// The values at a quarter, a half and three quarters of the mass.
pub(crate) struct Quartiles {
    pub(crate) lower: usize,
    pub(crate) median: usize,
    pub(crate) upper: usize,
}

impl Quartiles {
    /// Classes of spread.
    pub(crate) const SPREADS: usize = 10;

    /// The class of `upper − lower`.
    pub(crate) fn spread(&self) -> usize {
        match self.upper - self.lower {
            few @ 0..=2 => few,
            3..=4 => 3,
            5..=6 => 4,
            7..=9 => 5,
            10..=14 => 6,
            15..=22 => 7,
            23..=40 => 8,
            _ => 9,
        }
    }
}

impl<'a> SampleDistribution<'a> {
    /// Lane `lane` of running sums.
    #[inline(always)]
    pub(crate) fn new(sums: &'a AllSums, lane: usize, prediction: u8) -> SampleDistribution<'a> {
        let mut distribution = SampleDistribution {
            sums,
            lane,
            prediction,
            before: 0,
            total: sums[SYMBOLS - 1][lane],
        };
        distribution.before = distribution.before_symbol(prediction.wrapping_neg());
        distribution
    }

    #[inline(always)]
    fn before_symbol(&self, symbol: u8) -> u32 {
        match symbol.checked_sub(1) {
            Some(last) => self.sums[usize::from(last)][self.lane],
            None => 0,
        }
    }

    /// The mass of the values below `value`, 0 to 256.
    #[inline(always)]
    pub(crate) fn mass_below(&self, value: usize) -> u32 {
        if value == SYMBOLS {
            return self.total;
        }
        let mass = self.before_symbol((value as u8).wrapping_sub(self.prediction));
        if mass >= self.before {
            mass - self.before
        } else {
            mass + self.total - self.before
        }
    }

    /// The value that owns `mass`, which is below the total.
    #[inline(always)]
    pub(crate) fn value_at(&self, mass: u32) -> usize {
        let mass = mass + self.before;
        let mass = if mass >= self.total {
            mass - self.total
        } else {
            mass
        };
        let mut symbol = 0;
        for step in [128, 64, 32, 16, 8, 4, 2, 1] {
            let below = self.sums[symbol + step - 1][self.lane] <= mass;
            symbol += if below { step } else { 0 };
        }
        usize::from((symbol as u8).wrapping_add(self.prediction))
    }

    #[inline(always)]
    pub(crate) fn quartiles(&self) -> Quartiles {
        Quartiles {
            lower: self.value_at(self.total >> 2),
            median: self.value_at(self.total >> 1),
            upper: self.value_at(self.total - (self.total >> 2) - 1),
        }
    }

    /// All values.
    #[inline(always)]
    pub(crate) fn all(&self) -> OpenValues {
        OpenValues {
            low: 0,
            high: SYMBOLS,
            below: 0,
            end: self.total,
        }
    }

    /// The value that comes nearest to halving the mass of `open`, which has at least two values.
    #[inline(always)]
    pub(crate) fn split(&self, open: OpenValues) -> Split {
        let mass = open.below + ((open.end - open.below) >> 1);
        self.split_near(open, mass, self.value_at(mass))
    }

    /// The split of all values; `median` is the value at half the mass.
    #[inline(always)]
    pub(crate) fn first_split(&self, median: usize) -> Split {
        self.split_near(self.all(), self.total >> 1, median)
    }

    /// The split of `open` at `value`, which owns `mass`, or at the value after it.
    #[inline(always)]
    fn split_near(&self, open: OpenValues, mass: u32, value: usize) -> Split {
        let nearer = mass - self.mass_below(value) > self.mass_below(value + 1) - mass;
        let value = (value + usize::from(nearer)).clamp(open.low + 1, open.high - 1);
        Split {
            value,
            below: self.mass_below(value),
        }
    }

    /// The rank of `value`: the mass below its middle, of 256.
    #[inline(always)]
    pub(crate) fn rank(&self, value: usize) -> u8 {
        let doubled = u64::from(self.mass_below(value)) + u64::from(self.mass_below(value + 1));
        ((doubled << 7) / u64::from(self.total)) as u8
    }
}

impl Distribution for SampleDistribution<'_> {
    #[inline]
    fn interval(&self, low: usize, high: usize, value: usize) -> Interval {
        let start = self.mass_below(low);
        Interval::scaled(
            self.mass_below(value) - start,
            self.mass_below(value + 1) - start,
            self.mass_below(high) - start,
        )
    }

    #[inline]
    fn find(&self, low: usize, high: usize, quantile: u32) -> usize {
        let start = self.mass_below(low);
        let mass = self.mass_below(high) - start;
        let target = ((u64::from(quantile) + 1) * u64::from(mass) - 1) >> PRECISION;
        self.value_at(start + target as u32)
    }
}
