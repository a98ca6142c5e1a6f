//! Running sums of the frequencies of up to 32 lanes (`docs/format.md`, *Frequencies*).
//!
//! In: logits `[256][lanes]`. Out: `sums[j][lane]`, the sum of the frequencies of the symbols below `STRIDE · (j + 1)`.

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use crate::entropy::frequencies::sums_avx2;
use crate::entropy::frequencies::table::EXP2;
use crate::model::predictor::SYMBOLS;
use crate::simd::InstructionSet;

/// Lanes that are summed side by side.
pub(crate) const BLOCK: usize = 32;

/// Running sums without gaps: `sums[r][lane]` is the sum of the frequencies of the symbols up to `r`.
pub(crate) type AllSums = [[u32; BLOCK]; SYMBOLS];

/// Sums the lanes of `range`, at most [`BLOCK`] of them, of `lanes`.
pub(crate) fn sum<const STRIDE: usize>(
    instructions: InstructionSet,
    logits: &[u8],
    lanes: usize,
    range: Range<usize>,
    sums: &mut [[u32; BLOCK]],
) {
    #[cfg(target_arch = "x86_64")]
    if let InstructionSet::Avx2(avx2) = instructions
        && range.len() == BLOCK
    {
        return sums_avx2::sum::<STRIDE>(avx2, logits, lanes, range.start, sums);
    }
    instructions.run(
        #[inline(always)]
        || sum_plainly::<STRIDE>(logits, lanes, range, sums),
    );
}

#[inline(always)]
fn sum_plainly<const STRIDE: usize>(
    logits: &[u8],
    lanes: usize,
    range: Range<usize>,
    sums: &mut [[u32; BLOCK]],
) {
    let count = range.len();
    let mut running = [0u32; BLOCK];
    for (symbol, row) in logits.chunks_exact(lanes).take(SYMBOLS).enumerate() {
        for (sum, &logit) in running[..count].iter_mut().zip(&row[range.clone()]) {
            *sum += EXP2[usize::from(logit)];
        }
        if symbol % STRIDE == STRIDE - 1 {
            sums[symbol / STRIDE] = running;
        }
    }
}
