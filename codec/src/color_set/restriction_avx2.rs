//! The restriction of 32 lanes with AVX2: the same bytes as the plain loops.

use std::arch::x86_64::*;

use super::{BLOCK, Channel, ColorSet};

/// [`ColorSet::restrict_block`]. The caller has found AVX2 on this machine.
#[allow(unsafe_code)]
pub(super) fn restrict_detected(
    set: &ColorSet,
    channel: &Channel<'_>,
    first: usize,
    logits: &mut [u8],
) {
    debug_assert!(is_x86_feature_detected!("avx2"));
    // SAFETY: `ColorSet::restrict` found AVX2, the one feature that is needed.
    unsafe { restrict(set, channel, first, logits) }
}

#[target_feature(enable = "avx2")]
fn restrict(set: &ColorSet, channel: &Channel<'_>, first: usize, logits: &mut [u8]) {
    // Byte i of a register: which byte of the bits, and which bit of that, belongs to lane i.
    let bytes = _mm256_setr_epi64x(
        0,
        0x0101_0101_0101_0101,
        0x0202_0202_0202_0202,
        0x0303_0303_0303_0303,
    );
    let bit = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
    set.restrict_block(channel, first, logits, |logits, bits| {
        let spread = _mm256_shuffle_epi8(_mm256_set1_epi32(bits as i32), bytes);
        let kept = _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit);
        store(logits, _mm256_and_si256(load(logits), kept));
    });
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn load(bytes: &[u8; BLOCK]) -> __m256i {
    // SAFETY: 32 bytes are read from 32 bytes; no alignment is asked for.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn store(bytes: &mut [u8; BLOCK], values: __m256i) {
    // SAFETY: 32 bytes are written to 32 bytes; no alignment is asked for.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), values) }
}
