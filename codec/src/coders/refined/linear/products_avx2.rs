//! Decayed sums of products with AVX2: the same integers as the plain loop, two samples to an instruction.

use std::arch::x86_64::*;

use super::least_squares::{Pair, SUM_BITS};

/// The lanes of a vector.
const LANES: usize = 8;

/// Takes the products of inputs and the factor of each sample into the sums. The caller has found AVX2 on this machine.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn decayed<const N: usize, const PAIRS: usize>(
    sums: &mut [i32; N],
    decay: u32,
    inputs: &[Pair<N>; PAIRS],
    factors: &[[i16; 2]; PAIRS],
) {
    let decay = _mm_cvtsi32_si128(decay as i32);
    let factors = factors.map(|[first, second]| {
        _mm256_set1_epi32(i32::from(second) << 16 | i32::from(first as u16))
    });
    for (block, sums) in sums.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut products = _mm256_setzero_si256();
        for (pair, &factor) in inputs.iter().zip(&factors) {
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
    // SAFETY: 32 bytes are read from 32 bytes of plain integers; no alignment is asked for.
    unsafe { _mm256_loadu_si256(elements.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn store(elements: &mut [i32; LANES], values: __m256i) {
    // SAFETY: 32 bytes are written to 32 bytes; no alignment is asked for.
    unsafe { _mm256_storeu_si256(elements.as_mut_ptr().cast(), values) }
}
