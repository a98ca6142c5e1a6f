//! The running sums of up to 32 lanes with AVX-512: the same integers as the plain loop (`docs/format.md`,
//! *Frequencies*).

use std::arch::x86_64::*;
use std::ops::Range;

use crate::entropy::frequencies::sums::SUMMED_LANES;
use crate::entropy::frequencies::table::MANTISSA;
use crate::model::predictor::SYMBOLS;
use crate::simd::Avx512;

/// Like [`sums::sum`](crate::entropy::frequencies::sums::sum).
#[allow(unsafe_code)]
pub(crate) fn sum<const STRIDE: usize>(
    _: Avx512,
    logits: &[u8],
    lanes: usize,
    range: Range<usize>,
    sums: &mut [[u32; SUMMED_LANES]],
) {
    // SAFETY: an `Avx512` exists only where the features needed were detected.
    unsafe { running_sums::<STRIDE>(logits, lanes, range, sums) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn running_sums<const STRIDE: usize>(
    logits: &[u8],
    lanes: usize,
    range: Range<usize>,
    sums: &mut [[u32; SUMMED_LANES]],
) {
    let mask = u32::MAX >> (SUMMED_LANES - range.len());
    let mantissas = mantissas();
    let mut running = [_mm512_setzero_si512(); 2];
    for (symbol, row) in logits.chunks_exact(lanes).take(SYMBOLS).enumerate() {
        let logits = _mm512_cvtepu8_epi16(load(&row[range.clone()], mask));
        let mantissa = _mm512_permutexvar_epi16(logits, mantissas);
        let shift = _mm512_sub_epi16(_mm512_set1_epi16(15), _mm512_srli_epi16::<4>(logits));
        let frequencies = _mm512_maskz_srlv_epi16(mask, mantissa, shift);
        let low = _mm512_castsi512_si256(frequencies);
        let high = _mm512_extracti64x4_epi64::<1>(frequencies);
        running[0] = _mm512_add_epi32(running[0], _mm512_cvtepu16_epi32(low));
        running[1] = _mm512_add_epi32(running[1], _mm512_cvtepu16_epi32(high));
        if symbol % STRIDE == STRIDE - 1 {
            store(&running, &mut sums[symbol / STRIDE]);
        }
    }
}

/// The mantissas twice, since five bits select one.
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code)]
fn mantissas() -> __m512i {
    let twice = [MANTISSA; 2];
    // SAFETY: 64 bytes are read from 64 bytes of plain integers; none has to be aligned.
    unsafe { _mm512_loadu_si512(twice.as_ptr().cast()) }
}

/// The logits of a row; 0 in lanes that are not in the mask.
#[inline]
#[target_feature(enable = "avx512bw,avx512vl")]
#[allow(unsafe_code)]
fn load(row: &[u8], mask: u32) -> __m256i {
    assert!(row.len() as u32 >= u32::BITS - mask.leading_zeros());
    // SAFETY: only bytes in the mask are read, and the row has as many.
    unsafe { _mm256_maskz_loadu_epi8(mask, row.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code)]
fn store(running: &[__m512i; 2], out: &mut [u32; SUMMED_LANES]) {
    let (halves, _) = out.as_chunks_mut::<{ SUMMED_LANES / 2 }>();
    for (half, &sums) in halves.iter_mut().zip(running) {
        // SAFETY: 64 bytes are written to 64 bytes; none has to be aligned.
        unsafe { _mm512_storeu_si512(half.as_mut_ptr().cast(), sums) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::frequencies::sums;
    use crate::simd::InstructionSet;

    #[test]
    fn sums_are_those_of_the_plain_loop() {
        let InstructionSet::Avx512(avx512) = InstructionSet::detect() else {
            return;
        };
        let lanes = 70;
        let logits: Vec<u8> = (0..SYMBOLS * lanes).map(|i| (i * i % 1009) as u8).collect();
        for range in [0..1, 3..20, 0..32, 38..70, 69..70] {
            let mut found = vec![[0; SUMMED_LANES]; SYMBOLS];
            let mut expected = found.clone();
            sum::<1>(avx512, &logits, lanes, range.clone(), &mut found);
            sums::sum::<1>(&logits, lanes, range.clone(), &mut expected);
            assert_eq!(found, expected, "{range:?}");
            sum::<16>(avx512, &logits, lanes, range.clone(), &mut found);
            sums::sum::<16>(&logits, lanes, range.clone(), &mut expected);
            assert_eq!(found, expected, "{range:?}");
        }
    }
}
