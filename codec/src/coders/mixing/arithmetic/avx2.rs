//! The arithmetic of counters and mixer with AVX2: the same integers as the plain loops, sixteen at a time
//! (`docs/format.md`, *Refinement*, *Counters* and *A decision*).

use std::arch::x86_64::*;

use crate::coders::mixing::arithmetic::plain::{
    CURVE, CURVE_UNIT, ContextNumbers, Inputs, Lesson, MAX_COUNTER, MAX_CURVE, MIN_RATE, MIXTURES,
    RATE_GROWTH, STATE,
};
use crate::model::predictor::SYMBOLS;
use crate::simd::Avx2;

/// The numbers of a vector, and its bytes.
const VECTOR: usize = 16;
const BYTES: usize = 2 * VECTOR;

/// As [`plain::learned`](crate::coders::mixing::arithmetic::plain::learned).
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn learned(_: Avx2, counters: &ContextNumbers, lesson: Lesson) -> ContextNumbers {
    // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
    unsafe { learn(counters, lesson) }
}

/// As [`plain::products`](crate::coders::mixing::arithmetic::plain::products).
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn products(_: Avx2, weights: [&Inputs; MIXTURES], inputs: &Inputs) -> [i32; MIXTURES] {
    // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
    unsafe { multiply_sets(weights, inputs) }
}

/// As [`plain::step`](crate::coders::mixing::arithmetic::plain::step).
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn step(_: Avx2, weights: &mut Inputs, inputs: &Inputs, error: i16) {
    // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
    unsafe { move_weights(weights, inputs, error) }
}

/// As [`plain::sum_bytes`](crate::coders::mixing::arithmetic::plain::sum_bytes).
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn sum_bytes(_: Avx2, bytes: &[u8; SYMBOLS], low: usize, high: usize) -> u32 {
    // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
    unsafe { add_bytes(bytes, low, high) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn learn(counters: &ContextNumbers, lesson: Lesson) -> ContextNumbers {
    let (counters, mask) = (load(&counters.0), all(STATE));
    let state = _mm256_and_si256(counters, mask);
    let value = _mm256_andnot_si256(mask, counters);
    let log_odds = _mm256_adds_epi16(all(lesson.uncorrected), _mm256_srai_epi16::<2>(value));
    let log_odds = _mm256_mullo_epi16(clamp(log_odds, -MAX_CURVE, MAX_CURVE), all(CURVE_UNIT));
    let square = _mm256_mulhrs_epi16(log_odds, log_odds);
    let slope = _mm256_sub_epi16(all(CURVE[0]), _mm256_mulhrs_epi16(square, all(CURVE[1])));
    let expected = _mm256_mulhrs_epi16(log_odds, slope);
    let missing = _mm256_sub_epi16(mask, state);
    let missing = _mm256_mullo_epi16(missing, missing);
    let growth = _mm256_mullo_epi16(missing, all(RATE_GROWTH));
    let rate = _mm256_add_epi16(all(MIN_RATE), growth);
    let target = all(if lesson.answer { 16383 } else { -16384 });
    let step = _mm256_mulhrs_epi16(_mm256_sub_epi16(target, expected), rate);
    let moved = _mm256_adds_epi16(value, _mm256_add_epi16(step, all(lesson.dither)));
    let moved = _mm256_andnot_si256(mask, clamp(moved, -MAX_COUNTER, MAX_COUNTER - 1));
    let counted = _mm256_cmpgt_epi16(missing, all(lesson.chance));
    numbers(_mm256_or_si256(moved, _mm256_sub_epi16(state, counted)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn multiply_sets(weights: [&Inputs; MIXTURES], inputs: &Inputs) -> [i32; MIXTURES] {
    let [a, b, c, d] = weights.map(|weights| {
        let mut sum = _mm256_setzero_si256();
        let pairs = chunks(&weights.0).iter().zip(chunks(&inputs.0));
        for (weights, inputs) in pairs {
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(load(weights), load(inputs)));
        }
        sum
    });
    let halves = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    let upper = _mm256_extracti128_si256::<1>(halves);
    let sums = _mm_add_epi32(_mm256_castsi256_si128(halves), upper);
    [
        _mm_extract_epi32::<0>(sums),
        _mm_extract_epi32::<1>(sums),
        _mm_extract_epi32::<2>(sums),
        _mm_extract_epi32::<3>(sums),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn move_weights(weights: &mut Inputs, inputs: &Inputs, error: i16) {
    let error = all(error);
    let (weights, _) = weights.0.as_chunks_mut::<VECTOR>();
    for (weights, inputs) in weights.iter_mut().zip(chunks(&inputs.0)) {
        let step = _mm256_mulhrs_epi16(load(inputs), error);
        *weights = numbers(_mm256_adds_epi16(load(weights), step)).0;
    }
}

/// Zeros, ones, zeros: what is loaded from among them keeps the bytes from one on, or those up to one.
static KEPT: [u8; 3 * BYTES] = {
    let mut kept = [0; 3 * BYTES];
    let mut i = BYTES;
    while i < 2 * BYTES {
        kept[i] = u8::MAX;
        i += 1;
    }
    kept
};

#[inline]
#[target_feature(enable = "avx2")]
fn add_bytes(bytes: &[u8; SYMBOLS], low: usize, high: usize) -> u32 {
    let mut sums = _mm256_setzero_si256();
    let mut start = low / BYTES * BYTES;
    while start < high {
        let from_low = load_bytes(&KEPT, BYTES - low.saturating_sub(start).min(BYTES));
        let to_high = load_bytes(&KEPT, 2 * BYTES - (high - start).min(BYTES));
        let kept = _mm256_and_si256(from_low, to_high);
        let kept = _mm256_and_si256(load_bytes(bytes, start), kept);
        sums = _mm256_add_epi32(sums, _mm256_sad_epu8(kept, _mm256_setzero_si256()));
        start += BYTES;
    }
    let upper = _mm256_extracti128_si256::<1>(sums);
    let sums = _mm_add_epi32(_mm256_castsi256_si128(sums), upper);
    (_mm_cvtsi128_si32(sums) + _mm_extract_epi32::<2>(sums)) as u32
}

#[inline(always)]
fn chunks(numbers: &[i16]) -> &[[i16; VECTOR]] {
    numbers.as_chunks().0
}

#[inline]
#[target_feature(enable = "avx2")]
fn all(number: i16) -> __m256i {
    _mm256_set1_epi16(number)
}

#[inline]
#[target_feature(enable = "avx2")]
fn clamp(numbers: __m256i, low: i16, high: i16) -> __m256i {
    _mm256_max_epi16(_mm256_min_epi16(numbers, all(high)), all(low))
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn load(numbers: &[i16; VECTOR]) -> __m256i {
    // SAFETY: 32 bytes are read from 32 bytes of plain integers; none has to be aligned.
    unsafe { _mm256_loadu_si256(numbers.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn load_bytes(bytes: &[u8], start: usize) -> __m256i {
    let bytes = &bytes[start..][..BYTES];
    // SAFETY: 32 bytes are read from 32 bytes; none has to be aligned.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn numbers(vector: __m256i) -> ContextNumbers {
    let mut numbers = ContextNumbers([0; VECTOR]);
    // SAFETY: 32 bytes are written to 32 bytes; none has to be aligned.
    unsafe { _mm256_storeu_si256(numbers.0.as_mut_ptr().cast(), vector) };
    numbers
}
