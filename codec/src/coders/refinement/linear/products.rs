//! Decayed sums of products: the normal equations of least squares (`docs/format.md`, *Refinement*, *Least squares*).
//!
//! In: the regressors of a batch, what each sample counts, and how far the means were from the samples. Out: the sums
//! with their products added. Predictors that learn the same samples share the products.

use std::ops::Range;

use crate::coders::linear::sums::{REGRESSORS, Sums, VECTOR};
use crate::coders::refinement::dimensions::{LANES, LaneShorts};
use crate::coders::refinement::linear::regressors::Regressors;

/// Binary logarithm of the samples that a decay is meant for.
pub(crate) const DECAY_BITS: u32 = 4;
/// Pairs of lanes.
pub(crate) const PAIRS: usize = LANES / 2;

/// The values of two samples side by side, so that one instruction multiplies both.
pub(crate) type Pairs = [[i16; 2]; REGRESSORS];

/// What a batch adds to the sums.
pub(crate) struct BatchProducts<'a> {
    pub(crate) regressors: &'a Regressors,
    /// The regressors, two lanes at a time.
    pub(crate) pairs: &'a [Pairs; PAIRS],
    /// How much each lane counts.
    pub(crate) gains: &'a LaneShorts,
}

/// What sums lose for some samples.
pub(crate) struct Decay {
    pub(crate) shift: u32,
    pub(crate) samples: i32,
    /// The shift for a whole band or half of one, whose number of samples is a power of two. Only forms with SIMD need
    /// it.
    #[cfg_attr(
        not(any(target_arch = "x86_64", target_arch = "aarch64")),
        expect(dead_code)
    )]
    pub(crate) whole_shift: u32,
}

impl Decay {
    #[inline(always)]
    pub(crate) fn new(shift: u32, lanes: &Range<usize>) -> Decay {
        let samples = lanes.len();
        let usual = shift + DECAY_BITS;
        Decay {
            shift,
            samples: samples as i32,
            whole_shift: usual.saturating_sub(samples.checked_ilog2().unwrap_or(0)),
        }
    }

    #[inline(always)]
    fn of(&self, sum: i32) -> i32 {
        ((sum >> self.shift) * self.samples) >> DECAY_BITS
    }
}

/// Whether halves of a batch are those of a whole band, for the forms with SIMD.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
pub(crate) fn are_whole(halves: [&Range<usize>; 2]) -> bool {
    *halves[0] == (0..LANES / 2) && *halves[1] == (LANES / 2..LANES)
}

/// The values of each two lanes.
#[inline(always)]
pub(crate) fn pairs(values: &[LaneShorts; REGRESSORS]) -> [Pairs; PAIRS] {
    let mut pairs = [[[0; 2]; REGRESSORS]; PAIRS];
    for (index, values) in values.iter().enumerate() {
        for (pairs, &pair) in pairs.iter_mut().zip(values.as_chunks().0) {
            pairs[index] = pair;
        }
    }
    pairs
}

/// The numbers of some lanes; 0 in the others.
#[inline(always)]
pub(crate) fn masked(numbers: &LaneShorts, lanes: &Range<usize>) -> LaneShorts {
    let mut masked = [0; LANES];
    for lane in 0..LANES {
        if lanes.start <= lane && lane < lanes.end {
            masked[lane] = numbers[lane];
        }
    }
    masked
}

/// Adds the products of the regressors in some lanes.
#[inline(always)]
pub(crate) fn add_products(sums: &mut Sums, batch: &BatchProducts<'_>, lanes: &Range<usize>) {
    let decay = Decay::new(sums.decay, lanes);
    for row in 0..batch.regressors.used {
        let factors = weighted(&batch.regressors.values[row], batch.gains);
        let first = row / VECTOR * VECTOR;
        add(
            &mut sums.products[row][first..],
            &decay,
            (batch.pairs, first),
            &masked(&factors, lanes),
        );
    }
}

/// Adds the products of the regressors with the errors of the means.
#[inline(always)]
pub(crate) fn add_residuals(
    sums: &mut Sums,
    pairs: &[Pairs; PAIRS],
    errors: &LaneShorts,
    lanes: &Range<usize>,
) {
    add(
        &mut sums.residuals,
        &Decay::new(sums.decay, lanes),
        (pairs, 0),
        &masked(errors, lanes),
    );
}

/// The values, as much as each lane counts.
#[inline(always)]
pub(crate) fn weighted(values: &LaneShorts, gains: &LaneShorts) -> LaneShorts {
    let mut weighted = *values;
    for (value, &gain) in weighted.iter_mut().zip(gains) {
        *value *= gain;
    }
    weighted
}

/// Lets `sums` decay for some samples and adds products.
#[inline(always)]
fn add(
    sums: &mut [i32],
    decay: &Decay,
    (values, first): (&[Pairs; PAIRS], usize),
    factors: &LaneShorts,
) {
    for (index, sum) in sums.iter_mut().enumerate() {
        let mut products = 0;
        for (pairs, factors) in values.iter().zip(factors.as_chunks::<2>().0) {
            let [a, b] = pairs[first + index];
            products += i32::from(a) * i32::from(factors[0]) + i32::from(b) * i32::from(factors[1]);
        }
        *sum += products - decay.of(*sum);
    }
}
