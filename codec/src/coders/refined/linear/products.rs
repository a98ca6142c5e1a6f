//! Decayed sums of products, from which least squares take their equations (`docs/format.md`, *Refinement*, *Least squares*).
//!
//! In: the values of two samples at a time. Out: the sums with their products added.

/// Fraction bits of a sum of products.
pub(crate) const SUM_BITS: u32 = 4;

/// The values of two samples side by side, so that one instruction multiplies both.
pub(crate) type Pair<const N: usize> = [[i16; 2]; N];

/// Lets `sums` decay and adds the products of `values` and of the `factors` of their samples.
#[inline(always)]
pub(crate) fn add_products<const N: usize, const PAIRS: usize>(
    sums: &mut [i32; N],
    decay: u32,
    values: &[Pair<N>; PAIRS],
    factors: &Pair<PAIRS>,
) {
    for (index, sum) in sums.iter_mut().enumerate() {
        let mut products = 0;
        for (pair, factor) in values.iter().zip(factors) {
            let [first, second] = pair[index];
            products +=
                i32::from(first) * i32::from(factor[0]) + i32::from(second) * i32::from(factor[1]);
        }
        *sum += (products << SUM_BITS) - (*sum >> decay);
    }
}
