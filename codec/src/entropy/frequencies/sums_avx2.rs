//! The running sums of 32 lanes with AVX2: the same integers as the plain loop (`docs/format.md`, *Frequencies*).
//!
//! `m >> s` for a 16-bit `m` is `mulhi(m, 2^(16 − s))` when `s > 0` and `m` itself when `s = 0`; mantissas and powers
//! of two come from byte shuffles.

use std::arch::x86_64::*;

use crate::entropy::frequencies::sums::{SUMMED_LANES, rows};
use crate::entropy::frequencies::table::MANTISSA;
use crate::simd::Avx2;

/// Sums the lanes `first..first + 32` of `logits`.
#[allow(unsafe_code)]
pub(crate) fn sum<const STRIDE: usize>(
    _: Avx2,
    logits: &[u8],
    lanes: usize,
    first: usize,
    sums: &mut [[u32; SUMMED_LANES]],
) {
    // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
    unsafe { running_sums::<STRIDE>(logits, lanes, first, sums) }
}

#[target_feature(enable = "avx2")]
fn running_sums<const STRIDE: usize>(
    logits: &[u8],
    lanes: usize,
    first: usize,
    sums: &mut [[u32; SUMMED_LANES]],
) {
    let tables = Tables::new();
    let mut running = [_mm256_setzero_si256(); 4];
    for (symbol, row) in rows(logits, lanes, first).enumerate() {
        let [low, high] = tables.frequencies(load(row));
        let zero = _mm256_setzero_si256();
        running[0] = _mm256_add_epi32(running[0], _mm256_unpacklo_epi16(low, zero));
        running[1] = _mm256_add_epi32(running[1], _mm256_unpackhi_epi16(low, zero));
        running[2] = _mm256_add_epi32(running[2], _mm256_unpacklo_epi16(high, zero));
        running[3] = _mm256_add_epi32(running[3], _mm256_unpackhi_epi16(high, zero));
        if symbol % STRIDE == STRIDE - 1 {
            store(&running, &mut sums[symbol / STRIDE]);
        }
    }
}

struct Tables {
    mantissa: [__m256i; 2],
    power: [__m256i; 2],
}

impl Tables {
    #[target_feature(enable = "avx2")]
    fn new() -> Tables {
        Tables {
            mantissa: byte_tables(MANTISSA),
            power: byte_tables(std::array::from_fn(|exponent| {
                2u32.wrapping_shl(exponent as u32) as u16
            })),
        }
    }

    /// The frequencies of 32 logits as 16-bit integers: lanes 0–7 and 16–23, then 8–15 and 24–31.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn frequencies(&self, logits: __m256i) -> [__m256i; 2] {
        let nibble = _mm256_set1_epi8(15);
        let fraction = _mm256_and_si256(logits, nibble);
        let exponent = _mm256_and_si256(_mm256_srli_epi16(logits, 4), nibble);
        let unshifted = _mm256_cmpeq_epi8(exponent, nibble);
        let [m0, m1] = self
            .mantissa
            .map(|table| _mm256_shuffle_epi8(table, fraction));
        let [p0, p1] = self.power.map(|table| _mm256_shuffle_epi8(table, exponent));
        [
            shifted(
                _mm256_unpacklo_epi8(m0, m1),
                _mm256_unpacklo_epi8(p0, p1),
                _mm256_unpacklo_epi8(unshifted, unshifted),
            ),
            shifted(
                _mm256_unpackhi_epi8(m0, m1),
                _mm256_unpackhi_epi8(p0, p1),
                _mm256_unpackhi_epi8(unshifted, unshifted),
            ),
        ]
    }
}

/// The low and the high bytes of 16 integers, each in both halves of a register.
#[target_feature(enable = "avx2")]
fn byte_tables(values: [u16; 16]) -> [__m256i; 2] {
    [0, 8].map(|shift| load(&std::array::from_fn(|i| (values[i % 16] >> shift) as u8)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn shifted(mantissa: __m256i, power: __m256i, unshifted: __m256i) -> __m256i {
    _mm256_or_si256(
        _mm256_mulhi_epu16(mantissa, power),
        _mm256_and_si256(mantissa, unshifted),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; SUMMED_LANES]) -> __m256i {
    let (words, _) = bytes.as_chunks::<8>();
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| i64::from_le_bytes(words[i]));
    _mm256_set_epi64x(d, c, b, a)
}

/// Undoes the interleaving of the unpack instructions.
#[inline]
#[target_feature(enable = "avx2")]
fn store(running: &[__m256i; 4], out: &mut [u32; SUMMED_LANES]) {
    let [a, b, c, d] = *running;
    let ordered = [
        _mm256_permute2x128_si256(a, b, 0x20),
        _mm256_permute2x128_si256(c, d, 0x20),
        _mm256_permute2x128_si256(a, b, 0x31),
        _mm256_permute2x128_si256(c, d, 0x31),
    ];
    for (chunk, sums) in out.as_chunks_mut::<8>().0.iter_mut().zip(ordered) {
        *chunk = unpacked(sums);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn unpacked(sums: __m256i) -> [u32; 8] {
    [
        _mm256_extract_epi32::<0>(sums) as u32,
        _mm256_extract_epi32::<1>(sums) as u32,
        _mm256_extract_epi32::<2>(sums) as u32,
        _mm256_extract_epi32::<3>(sums) as u32,
        _mm256_extract_epi32::<4>(sums) as u32,
        _mm256_extract_epi32::<5>(sums) as u32,
        _mm256_extract_epi32::<6>(sums) as u32,
        _mm256_extract_epi32::<7>(sums) as u32,
    ]
}
