//! Running sums of the frequencies of up to 32 lanes (`docs/format.md`, *Frequencies*).
//!
//! In: logits `[256][lanes]`. Out: `sums[j][lane]`, the sum of the frequencies of the symbols below `STRIDE · (j + 1)`.

use std::ops::Range;

use crate::entropy::frequencies::table::EXP2;
use crate::model::predictor::SYMBOLS;

/// Lanes that are summed side by side.
pub(crate) const SUMMED_LANES: usize = 32;

/// Running sums without gaps: `sums[r][lane]` is the sum of the frequencies of the symbols up to `r`.
pub(crate) type AllSums = [[u32; SUMMED_LANES]; SYMBOLS];

/// The logits of the lanes `first..first + 32` of `lanes`, symbol by symbol, for the forms with SIMD.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
pub(crate) fn rows(
    logits: &[u8],
    lanes: usize,
    first: usize,
) -> impl Iterator<Item = &[u8; SUMMED_LANES]> {
    let rows = logits.chunks_exact(lanes).take(SYMBOLS);
    rows.map_while(
        #[inline(always)]
        move |row| row.get(first..)?.first_chunk(),
    )
}

/// Sums the lanes of `range`, at most [`SUMMED_LANES`] of them, of `lanes`.
#[inline(always)]
pub(crate) fn sum<const STRIDE: usize>(
    logits: &[u8],
    lanes: usize,
    range: Range<usize>,
    sums: &mut [[u32; SUMMED_LANES]],
) {
    let count = range.len();
    let mut running = [0u32; SUMMED_LANES];
    for (symbol, row) in logits.chunks_exact(lanes).take(SYMBOLS).enumerate() {
        for (sum, &logit) in running[..count].iter_mut().zip(&row[range.clone()]) {
            *sum += EXP2[usize::from(logit)];
        }
        if symbol % STRIDE == STRIDE - 1 {
            sums[symbol / STRIDE] = running;
        }
    }
}
