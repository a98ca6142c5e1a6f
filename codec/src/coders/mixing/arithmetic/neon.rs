//! The arithmetic of counters and mixer with NEON: the same integers as the plain loops, eight at a time
//! (`docs/format.md`, *Refinement*, *Counters* and *A decision*).
//!
//! `sqrdmulh` is `round(a · b / 2^15)`, but for −32768 · −32768, which does not occur: inputs are log-odds.

use std::arch::aarch64::*;

use crate::coders::mixing::arithmetic::plain::{
    CURVE, CURVE_UNIT, ContextNumbers, Inputs, Lesson, MAX_COUNTER, MAX_CURVE, MIN_RATE,
    RATE_GROWTH, STATE,
};
use crate::simd::Neon;

/// The numbers of a vector.
const VECTOR: usize = 8;

/// As [`plain::learned`](crate::coders::mixing::arithmetic::plain::learned).
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn learned(_: Neon, counters: &ContextNumbers, lesson: Lesson) -> ContextNumbers {
    // SAFETY: a `Neon` exists only where NEON, the one feature needed, was detected.
    unsafe { learn(counters, lesson) }
}

/// As [`plain::step`](crate::coders::mixing::arithmetic::plain::step).
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn step(_: Neon, weights: &mut Inputs, inputs: &Inputs, error: i16) {
    // SAFETY: a `Neon` exists only where NEON, the one feature needed, was detected.
    unsafe { move_weights(weights, inputs, error) }
}

#[inline]
#[target_feature(enable = "neon")]
fn learn(counters: &ContextNumbers, lesson: Lesson) -> ContextNumbers {
    let mut learned = *counters;
    for counters in learned.0.as_chunks_mut().0 {
        store(counters, learn_vector(load(counters), lesson));
    }
    learned
}

#[inline]
#[target_feature(enable = "neon")]
fn learn_vector(counters: int16x8_t, lesson: Lesson) -> int16x8_t {
    let mask = all(STATE);
    let state = vandq_s16(counters, mask);
    let value = vbicq_s16(counters, mask);
    let log_odds = vqaddq_s16(all(lesson.uncorrected), vshrq_n_s16::<2>(value));
    let log_odds = vmulq_s16(clamp(log_odds, -MAX_CURVE, MAX_CURVE), all(CURVE_UNIT));
    let square = vqrdmulhq_s16(log_odds, log_odds);
    let slope = vsubq_s16(all(CURVE[0]), vqrdmulhq_s16(square, all(CURVE[1])));
    let expected = vqrdmulhq_s16(log_odds, slope);
    let missing = vsubq_s16(mask, state);
    let missing = vmulq_s16(missing, missing);
    let rate = vmlaq_s16(all(MIN_RATE), missing, all(RATE_GROWTH));
    let target = all(if lesson.answer { 16383 } else { -16384 });
    let step = vqrdmulhq_s16(vsubq_s16(target, expected), rate);
    let moved = vqaddq_s16(value, vaddq_s16(step, all(lesson.dither)));
    let moved = vbicq_s16(clamp(moved, -MAX_COUNTER, MAX_COUNTER - 1), mask);
    let counted = vreinterpretq_s16_u16(vcgtq_s16(missing, all(lesson.chance)));
    vorrq_s16(moved, vsubq_s16(state, counted))
}

#[inline]
#[target_feature(enable = "neon")]
fn move_weights(weights: &mut Inputs, inputs: &Inputs, error: i16) {
    let weights = weights.0.as_chunks_mut().0;
    for (weights, inputs) in weights.iter_mut().zip(inputs.0.as_chunks().0) {
        let step = vqrdmulhq_s16(load(inputs), all(error));
        store(weights, vqaddq_s16(load(weights), step));
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn all(number: i16) -> int16x8_t {
    vdupq_n_s16(number)
}

#[inline]
#[target_feature(enable = "neon")]
fn clamp(numbers: int16x8_t, low: i16, high: i16) -> int16x8_t {
    vmaxq_s16(vminq_s16(numbers, all(high)), all(low))
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn load(numbers: &[i16; VECTOR]) -> int16x8_t {
    // SAFETY: 16 bytes are read from 16 bytes.
    unsafe { vld1q_s16(numbers.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn store(numbers: &mut [i16; VECTOR], vector: int16x8_t) {
    // SAFETY: 16 bytes are written to 16 bytes.
    unsafe { vst1q_s16(numbers.as_mut_ptr(), vector) };
}
