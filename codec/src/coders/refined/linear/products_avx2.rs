//! Decayed sums of products with AVX2: the same integers as the plain loops, two samples to an instruction, and each
//! product made once for all three predictors (`docs/format.md`, *Refinement*, *Least squares*).

use std::arch::x86_64::*;
use std::ops::Range;

use crate::coders::refined::dimensions::{LANES, LaneShorts};
use crate::coders::refined::linear::products::{
    BatchProducts, DECAY_BITS, PAIRS, Sums, VECTOR, masked, weighted,
};
use crate::coders::refined::linear::regressors::REGRESSORS;
use crate::simd::Avx2;

/// As [`products::add_products`](crate::coders::refined::linear::products::add_products): to the first sums in all
/// lanes, to the second and the third in those of each half.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn add_products(
    _: Avx2,
    batch: &BatchProducts<'_>,
    sums: [&mut Sums; 3],
    halves: [&Range<usize>; 2],
) {
    // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
    unsafe {
        // The usual batch, with loops of known length.
        if *halves[0] == (0..LANES / 2) && *halves[1] == (LANES / 2..LANES) {
            add(batch, sums, [&(0..LANES / 2), &(LANES / 2..LANES)]);
        } else {
            add(batch, sums, halves);
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(batch: &BatchProducts<'_>, sums: [&mut Sums; 3], halves: [&Range<usize>; 2]) {
    let all = halves[0].start..halves[1].end;
    let [band, first, second] = sums;
    let lost = [
        Decay::new(band.decay, all.len()),
        Decay::new(first.decay, halves[0].len()),
        Decay::new(second.decay, halves[1].len()),
    ];
    let pairs = halves.map(|half| half.start / 2..half.end.div_ceil(2));
    for row in 0..batch.regressors.used {
        let factors = weighted(&batch.regressors.values[row], batch.gains);
        let factors = halves.map(|half| spread(&masked(&factors, half)));
        for vector in row / VECTOR..REGRESSORS / VECTOR {
            let products: [__m256i; 2] = std::array::from_fn(|half| {
                let mut sum = _mm256_setzero_si256();
                for pair in pairs[half].clone() {
                    let values = load(&batch.pairs[pair].as_chunks::<VECTOR>().0[vector]);
                    let product = _mm256_madd_epi16(values, factors[half][pair]);
                    sum = _mm256_add_epi32(sum, product);
                }
                sum
            });
            let both = _mm256_add_epi32(products[0], products[1]);
            let added = [both, products[0], products[1]];
            let tables = [&mut *band, &mut *first, &mut *second];
            for ((sums, added), lost) in tables.into_iter().zip(added).zip(&lost) {
                let sums = &mut sums.products[row].as_chunks_mut::<VECTOR>().0[vector];
                let old = load(sums);
                let kept = _mm256_sub_epi32(old, lost.of(old));
                store(sums, _mm256_add_epi32(kept, added));
            }
        }
    }
}

/// What sums lose for some samples.
struct Decay {
    shift: __m128i,
    /// `None`: the shift says it all.
    factor: Option<__m256i>,
}

impl Decay {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(decay: u32, samples: usize) -> Decay {
        let shift = |by: u32| _mm_cvtsi32_si128(by as i32);
        match samples.is_power_of_two() {
            true => Decay {
                shift: shift(decay + DECAY_BITS - samples.ilog2()),
                factor: None,
            },
            false => Decay {
                shift: shift(decay),
                factor: Some(_mm256_set1_epi32(samples as i32)),
            },
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn of(&self, sums: __m256i) -> __m256i {
        let shifted = _mm256_sra_epi32(sums, self.shift);
        match self.factor {
            None => shifted,
            Some(factor) => {
                let lost = _mm256_mullo_epi32(shifted, factor);
                _mm256_srai_epi32::<{ DECAY_BITS as i32 }>(lost)
            }
        }
    }
}

/// Each two numbers in all lanes of a vector.
#[inline]
#[target_feature(enable = "avx2")]
fn spread(numbers: &LaneShorts) -> [__m256i; PAIRS] {
    std::array::from_fn(|pair| {
        let [first, second] = [numbers[2 * pair], numbers[2 * pair + 1]];
        _mm256_set1_epi32(i32::from(second) << 16 | i32::from(first as u16))
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coders::refined::linear::products::{self, pairs};
    use crate::coders::refined::linear::regressors::Regressors;
    use crate::simd::InstructionSet;

    #[test]
    fn shared_products_are_those_of_the_plain_loops() {
        let InstructionSet::Avx2(avx2) = InstructionSet::detect() else {
            return;
        };
        let mut state = 1_u32;
        let mut draw = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let new = || [2, 3, 3].map(Sums::new);
        let (mut shared, mut plain) = (new(), new());
        for _ in 0..200 {
            let mut regressors = Regressors::none();
            regressors.used = [14, 19, REGRESSORS][draw() as usize % 3];
            for values in &mut regressors.values[..regressors.used] {
                *values = std::array::from_fn(|_| (draw() % 511) as i16 - 255);
            }
            let pairs = &pairs(&regressors.values);
            let gains = &std::array::from_fn(|_| (draw() % 56) as i16 + 1);
            let batch = &BatchProducts {
                regressors: &regressors,
                pairs,
                gains,
            };
            let (end, cut) = match draw() % 4 {
                0 => (LANES, LANES / 2),
                _ => (draw() as usize % LANES + 1, draw() as usize % LANES),
            };
            let halves = [&(0..cut.min(end)), &(cut.min(end)..end)];
            add_products(avx2, batch, shared.each_mut(), halves);
            let [band, first, second] = &mut plain;
            products::add_products(band, batch, &(0..end));
            products::add_products(first, batch, halves[0]);
            products::add_products(second, batch, halves[1]);
            for (shared, plain) in shared.iter().zip(&plain) {
                assert_eq!(shared.products, plain.products);
            }
        }
    }
}
