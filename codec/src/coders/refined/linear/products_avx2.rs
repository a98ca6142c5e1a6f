//! Decayed sums of products with AVX2: the same integers as the plain loop, two samples to an instruction (`docs/format.md`,
//! *Refinement*, *Least squares*).

use std::arch::x86_64::*;

use crate::coders::refined::linear::products::{Pair, SUM_BITS};
use crate::simd::Avx2;

/// The lanes of a vector.
const LANES: usize = 8;

/// Lets `sums` decay and adds the products of `values` and of the `factors` of their samples.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn add_products<const N: usize, const PAIRS: usize>(
    _: Avx2,
    sums: &mut [i32; N],
    decay: u32,
    values: &[Pair<N>; PAIRS],
    factors: &Pair<PAIRS>,
) {
    // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
    unsafe { add(sums, decay, values, factors) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn add<const N: usize, const PAIRS: usize>(
    sums: &mut [i32; N],
    decay: u32,
    values: &[Pair<N>; PAIRS],
    factors: &Pair<PAIRS>,
) {
    let decay = _mm_cvtsi32_si128(decay as i32);
    let factors = factors.map(|[first, second]| {
        _mm256_set1_epi32(i32::from(second) << 16 | i32::from(first as u16))
    });
    for (block, sums) in sums.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut products = _mm256_setzero_si256();
        for (pair, &factor) in values.iter().zip(&factors) {
            let pair = load(&pair.as_chunks::<LANES>().0[block]);
            products = _mm256_add_epi32(products, _mm256_madd_epi16(pair, factor));
        }
        let old = load(sums);
        let kept = _mm256_sub_epi32(old, _mm256_sra_epi32(old, decay));
        let added = _mm256_slli_epi32::<{ SUM_BITS as i32 }>(products);
        store(sums, _mm256_add_epi32(kept, added));
    }
}

/// Eight elements of four bytes.
#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn load<T>(elements: &[T; LANES]) -> __m256i {
    const { assert!(size_of::<T>() == 4) };
    // SAFETY: 32 bytes are read from 32 bytes of plain integers; none has to be aligned.
    unsafe { _mm256_loadu_si256(elements.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn store(elements: &mut [i32; LANES], values: __m256i) {
    // SAFETY: 32 bytes are written to 32 bytes; none has to be aligned.
    unsafe { _mm256_storeu_si256(elements.as_mut_ptr().cast(), values) }
}
