//! Decayed sums of products, from which least squares take their equations (`docs/format.md`, *Refinement*, *Least squares*).
//!
//! In: the values of a batch, two samples at a time. Out: the sums with their products added.

use std::ops::Range;

use crate::coders::refined::dimensions::{LANES, LaneShorts};

/// Fraction bits of a sum of products.
pub(crate) const SUM_BITS: u32 = 4;
/// Binary logarithm of the samples that a decay is meant for.
pub(crate) const DECAY_BITS: u32 = 4;
/// Pairs of lanes.
pub(crate) const PAIRS: usize = LANES / 2;

/// The values of two samples side by side, so that one instruction multiplies both.
pub(crate) type Pairs<const N: usize> = [[i16; 2]; N];

/// The values of each two lanes.
#[inline(always)]
pub(crate) fn pairs<const N: usize>(values: &[LaneShorts; N]) -> [Pairs<N>; PAIRS] {
    let mut pairs = [[[0; 2]; N]; PAIRS];
    for (index, values) in values.iter().enumerate() {
        for (pairs, &pair) in pairs.iter_mut().zip(values.as_chunks().0) {
            pairs[index] = pair;
        }
    }
    pairs
}

/// Lets `sums` decay for the samples of some lanes and adds the products of `values` and `factors`, which are 0 in other lanes.
#[inline(always)]
pub(crate) fn add_products<const N: usize>(
    sums: &mut [i32; N],
    (decay, lanes): (u32, &Range<usize>),
    values: &[Pairs<N>; PAIRS],
    factors: &LaneShorts,
) {
    for (index, sum) in sums.iter_mut().enumerate() {
        let mut products = 0;
        for (pairs, factors) in values.iter().zip(factors.as_chunks::<2>().0) {
            let [first, second] = pairs[index];
            products += i32::from(first) * i32::from(factors[0])
                + i32::from(second) * i32::from(factors[1]);
        }
        let lost = ((*sum >> decay) * lanes.len() as i32) >> DECAY_BITS;
        *sum += (products << SUM_BITS) - lost;
    }
}
