//! The running sums of 32 lanes with NEON: the same integers as the plain loop (`docs/format.md`, *Frequencies*).

use std::arch::aarch64::*;

use crate::entropy::frequencies::sums::{SUMMED_LANES, rows};
use crate::entropy::frequencies::table::MANTISSA;
use crate::simd::Neon;

/// Bytes of a vector.
const BYTES: usize = 16;
/// Vectors of the sums of as many lanes.
const SUMS: usize = BYTES / 4;

/// Sums the lanes `first..first + 32` of `logits`.
#[allow(unsafe_code)]
pub(crate) fn sum<const STRIDE: usize>(
    _: Neon,
    logits: &[u8],
    lanes: usize,
    first: usize,
    sums: &mut [[u32; SUMMED_LANES]],
) {
    // SAFETY: a `Neon` exists only where NEON, the one feature needed, was detected.
    unsafe { running_sums::<STRIDE>(logits, lanes, first, sums) }
}

#[target_feature(enable = "neon")]
fn running_sums<const STRIDE: usize>(
    logits: &[u8],
    lanes: usize,
    first: usize,
    sums: &mut [[u32; SUMMED_LANES]],
) {
    let mantissas = [0, 8].map(|shift| load(&MANTISSA.map(|mantissa| (mantissa >> shift) as u8)));
    let mut running = [[vdupq_n_u32(0); SUMS]; SUMMED_LANES / BYTES];
    for (symbol, row) in rows(logits, lanes, first).enumerate() {
        for (running, logits) in running.iter_mut().zip(row.as_chunks().0) {
            let [low, high] = frequencies(mantissas, load(logits));
            running[0] = vaddw_u16(running[0], vget_low_u16(low));
            running[1] = vaddw_high_u16(running[1], low);
            running[2] = vaddw_u16(running[2], vget_low_u16(high));
            running[3] = vaddw_high_u16(running[3], high);
        }
        if symbol % STRIDE == STRIDE - 1 {
            let chunks = sums[symbol / STRIDE].as_chunks_mut().0.iter_mut();
            let vectors = running.as_flattened().iter();
            chunks.zip(vectors).for_each(|(to, &sums)| store(to, sums));
        }
    }
}

/// The frequencies of 16 logits, from the low and the high bytes of the mantissas.
#[inline]
#[target_feature(enable = "neon")]
fn frequencies([low, high]: [uint8x16_t; 2], logits: uint8x16_t) -> [uint16x8_t; 2] {
    let fraction = vandq_u8(logits, vdupq_n_u8(15));
    let exponent = vreinterpretq_s8_u8(vshrq_n_u8::<4>(logits));
    // Shifts to the left.
    let shift = vsubq_s8(exponent, vdupq_n_s8(15));
    let (low, high) = (vqtbl1q_u8(low, fraction), vqtbl1q_u8(high, fraction));
    let mantissas = [vzip1q_u8(low, high), vzip2q_u8(low, high)].map(|m| vreinterpretq_u16_u8(m));
    [
        vshlq_u16(mantissas[0], vmovl_s8(vget_low_s8(shift))),
        vshlq_u16(mantissas[1], vmovl_high_s8(shift)),
    ]
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn load(bytes: &[u8; BYTES]) -> uint8x16_t {
    // SAFETY: 16 bytes are read from 16 bytes.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn store(to: &mut [u32; BYTES / 4], sums: uint32x4_t) {
    // SAFETY: 16 bytes are written to 16 bytes.
    unsafe { vst1q_u32(to.as_mut_ptr(), sums) };
}
