//! Decayed sums of products with AVX2: the same integers as the plain loops, two samples to an instruction, and each
//! product made once for all three predictors (`docs/format.md`, *Refinement*, *Least squares*).

use std::arch::x86_64::*;
use std::ops::Range;

use crate::coders::linear::sums::{REGRESSORS, RegressorSums, Sums, VECTOR};
use crate::coders::refinement::dimensions::LaneShorts;
use crate::coders::refinement::linear::products::{
    BatchProducts, DECAY_BITS, Decay, PAIRS, are_whole, masked, weighted,
};
use crate::simd::Avx2;

/// As [`products::add_products`](crate::coders::refinement::linear::products::add_products): to the first sums in all
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
        match are_whole(halves) {
            true => add::<true>(batch, sums, halves),
            false => add::<false>(batch, sums, halves),
        }
    }
}

/// Adds the products of a whole band, with loops of known length, or of fewer rows.
#[target_feature(enable = "avx2")]
fn add<const WHOLE: bool>(
    batch: &BatchProducts<'_>,
    sums: [&mut Sums; 3],
    halves: [&Range<usize>; 2],
) {
    let [band, first, second] = sums;
    let decays = [
        Decay::new(band.decay, &(halves[0].start..halves[1].end)),
        Decay::new(first.decay, halves[0]),
        Decay::new(second.decay, halves[1]),
    ];
    let gains = halves.map(|half| masked(batch.gains, half));
    let pairs = match WHOLE {
        true => [0..PAIRS / 2, PAIRS / 2..PAIRS],
        false => [0..PAIRS, 0..PAIRS],
    };
    for row in 0..batch.regressors.used {
        let values = &batch.regressors.values[row];
        let factors = [spread(values, &gains[0]), spread(values, &gains[1])];
        for vector in row / VECTOR..REGRESSORS / VECTOR {
            let mut products = [_mm256_setzero_si256(); 2];
            for half in 0..2 {
                for pair in pairs[half].clone() {
                    let values = load(&batch.pairs[pair].as_chunks::<VECTOR>().0[vector]);
                    let product = _mm256_madd_epi16(values, factors[half][pair]);
                    products[half] = _mm256_add_epi32(products[half], product);
                }
            }
            let [first_half, second_half] = products;
            let both = _mm256_add_epi32(first_half, second_half);
            update::<WHOLE>(&mut band.products[row], vector, both, &decays[0]);
            update::<WHOLE>(&mut first.products[row], vector, first_half, &decays[1]);
            update::<WHOLE>(&mut second.products[row], vector, second_half, &decays[2]);
        }
    }
}

/// Lets a vector of sums decay and adds products.
#[inline]
#[target_feature(enable = "avx2")]
fn update<const WHOLE: bool>(
    sums: &mut RegressorSums,
    vector: usize,
    products: __m256i,
    decay: &Decay,
) {
    let sums = &mut sums.as_chunks_mut::<VECTOR>().0[vector];
    let old = load(sums);
    let kept = _mm256_sub_epi32(old, lost::<WHOLE>(old, decay));
    store(sums, _mm256_add_epi32(kept, products));
}

/// What sums lose.
#[inline]
#[target_feature(enable = "avx2")]
fn lost<const WHOLE: bool>(sums: __m256i, decay: &Decay) -> __m256i {
    if WHOLE {
        return _mm256_sra_epi32(sums, _mm_cvtsi32_si128(decay.whole_shift as i32));
    }
    let lost = _mm256_sra_epi32(sums, _mm_cvtsi32_si128(decay.shift as i32));
    let lost = _mm256_mullo_epi32(lost, _mm256_set1_epi32(decay.samples));
    _mm256_srai_epi32::<{ DECAY_BITS as i32 }>(lost)
}

/// The values of a row, as much as each lane counts: each two lanes in all lanes of a vector.
#[inline]
#[target_feature(enable = "avx2")]
fn spread(values: &LaneShorts, gains: &LaneShorts) -> [__m256i; PAIRS] {
    let factors = weighted(values, gains);
    let mut spread = [_mm256_setzero_si256(); PAIRS];
    for (spread, [first, second]) in spread.iter_mut().zip(factors.as_chunks().0) {
        *spread = _mm256_set1_epi32(i32::from(*second) << 16 | i32::from(*first as u16));
    }
    spread
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
