//! Decayed sums of products with AVX2: the same integers as the plain loop, two samples to an instruction (`docs/format.md`,
//! *Refinement*, *Least squares*).

use std::arch::x86_64::*;
use std::ops::Range;

use crate::coders::refined::dimensions::LaneShorts;
use crate::coders::refined::linear::products::{DECAY_BITS, PAIRS, Pairs, SUM_BITS};
use crate::simd::Avx2;

/// The lanes of a vector.
const VECTOR: usize = 8;

/// As [`products::add_products`](crate::coders::refined::linear::products::add_products).
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn add_products<const N: usize>(
    _: Avx2,
    sums: &mut [i32; N],
    decay: (u32, &Range<usize>),
    values: &[Pairs<N>; PAIRS],
    factors: &LaneShorts,
) {
    // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
    unsafe { add(sums, decay, values, factors) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn add<const N: usize>(
    sums: &mut [i32; N],
    (decay, lanes): (u32, &Range<usize>),
    values: &[Pairs<N>; PAIRS],
    factors: &LaneShorts,
) {
    let pairs = lanes.start / 2..lanes.end.div_ceil(2);
    let decay = _mm_cvtsi32_si128(decay as i32);
    let count = _mm256_set1_epi32(lanes.len() as i32);
    let factors: [__m256i; PAIRS] = std::array::from_fn(|pair| {
        let [first, second] = [factors[2 * pair], factors[2 * pair + 1]];
        _mm256_set1_epi32(i32::from(second) << 16 | i32::from(first as u16))
    });
    for (block, sums) in sums.as_chunks_mut::<VECTOR>().0.iter_mut().enumerate() {
        let mut products = _mm256_setzero_si256();
        for (pairs, &factor) in values[pairs.clone()].iter().zip(&factors[pairs.clone()]) {
            let pairs = load(&pairs.as_chunks::<VECTOR>().0[block]);
            products = _mm256_add_epi32(products, _mm256_madd_epi16(pairs, factor));
        }
        let old = load(sums);
        let lost = _mm256_mullo_epi32(_mm256_sra_epi32(old, decay), count);
        let kept = _mm256_sub_epi32(old, _mm256_srai_epi32::<{ DECAY_BITS as i32 }>(lost));
        let added = _mm256_slli_epi32::<{ SUM_BITS as i32 }>(products);
        store(sums, _mm256_add_epi32(kept, added));
    }
}

/// Eight elements of four bytes.
#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn load<T>(elements: &[T; VECTOR]) -> __m256i {
    const { assert!(size_of::<T>() == 4) };
    // SAFETY: 32 bytes are read from 32 bytes of plain integers; none has to be aligned.
    unsafe { _mm256_loadu_si256(elements.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn store(elements: &mut [i32; VECTOR], values: __m256i) {
    // SAFETY: 32 bytes are written to 32 bytes; none has to be aligned.
    unsafe { _mm256_storeu_si256(elements.as_mut_ptr().cast(), values) }
}
