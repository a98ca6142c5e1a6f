//! Sets 32 logits to 0 by the bits of a word with AVX2: the same bytes as the plain loop (`docs/format.md`, *Colour
//! set*).

use std::arch::x86_64::*;

use crate::simd::Avx2;

/// Bytes of a vector.
const LANES: usize = 32;

/// Clears the logits whose bit is 0.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn clear(_: Avx2, logits: &mut [u8; LANES], bits: u32) {
    // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
    unsafe { clear_vector(logits, bits) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn clear_vector(logits: &mut [u8; LANES], bits: u32) {
    // The byte of the bits, and the bit of that byte, that belong to lane i.
    let bytes = _mm256_setr_epi64x(
        0,
        0x0101_0101_0101_0101,
        0x0202_0202_0202_0202,
        0x0303_0303_0303_0303,
    );
    let bit = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
    let spread = _mm256_shuffle_epi8(_mm256_set1_epi32(bits as i32), bytes);
    let kept = _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit);
    store(logits, _mm256_and_si256(load(logits), kept));
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn load(bytes: &[u8; LANES]) -> __m256i {
    // SAFETY: 32 bytes are read from 32 bytes; none has to be aligned.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn store(bytes: &mut [u8; LANES], values: __m256i) {
    // SAFETY: 32 bytes are written to 32 bytes; none has to be aligned.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), values) }
}
