//! The arithmetic of counters and mixer as plain loops (`docs/format.md`, *Refinement*, *Counters* and *A decision*).
//!
//! In: counters, or weights and inputs. Out: what they make of a decision, and what they are after it.

use crate::model::predictor::SYMBOLS;

/// Contexts that have counters.
pub(crate) const CONTEXTS: usize = 16;
/// Inputs of a decision, and zeros after them.
pub(crate) const INPUTS: usize = 32;
/// Mixtures of the inputs.
pub(crate) const MIXTURES: usize = 4;
/// The low bits of a counter: how far it has learned.
pub(crate) const STATE: i16 = 15;
/// A counter stays within ±this.
pub(crate) const MAX_COUNTER: i16 = 24576;
/// The rate of learning, of 32768: its least, and its square growth for counters that have learned less.
pub(crate) const MIN_RATE: i16 = 130;
pub(crate) const RATE_GROWTH: i16 = 18;
/// The largest log-odds of the probability's curve, its unit, and the curve's two coefficients.
pub(crate) const MAX_CURVE: i16 = 3276;
pub(crate) const CURVE_UNIT: i16 = 10;
pub(crate) const CURVE: [i16; 2] = [24084, 8028];

/// The same numbers of sixteen contexts.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(crate) struct ContextNumbers(pub(crate) [i16; CONTEXTS]);

/// A number for each input: a cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Inputs(pub(crate) [i16; INPUTS]);

impl Inputs {
    pub(crate) const NONE: Inputs = Inputs([0; INPUTS]);
}

/// What the counters learn from one decision.
#[derive(Clone, Copy)]
pub(crate) struct Lesson {
    /// The log-odds that the counters correct: the network's, or the weighted predictor's.
    pub(crate) uncorrected: i16,
    pub(crate) answer: bool,
    /// Added before rounding down, 0 to 15.
    pub(crate) dither: i16,
    /// The number of 225 that decides whether a counter counts the answer.
    pub(crate) chance: i16,
}

/// `round(a · b / 2^15)`, modulo 2^16.
#[inline(always)]
pub(crate) fn multiply(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b) + (1 << 14)) >> 15) as i16
}

/// What a counter adds to the log-odds that it corrects.
#[inline(always)]
pub(crate) fn correction(counter: i16) -> i16 {
    (counter & !STATE) >> 2
}

/// The counters after a lesson.
#[inline(always)]
pub(crate) fn learned(counters: &ContextNumbers, lesson: Lesson) -> ContextNumbers {
    let target = if lesson.answer { 16383 } else { -16384 };
    ContextNumbers(counters.0.map(|counter| {
        let (state, value) = (counter & STATE, counter & !STATE);
        let log_odds = lesson.uncorrected.saturating_add(correction(counter));
        let log_odds = log_odds.clamp(-MAX_CURVE, MAX_CURVE) * CURVE_UNIT;
        let square = multiply(log_odds, log_odds);
        let expected = multiply(log_odds, CURVE[0] - multiply(square, CURVE[1]));
        let missing = (STATE - state) * (STATE - state);
        let step = multiply(target - expected, MIN_RATE + RATE_GROWTH * missing);
        let moved = value.saturating_add(step + lesson.dither);
        let counted = i16::from(missing > lesson.chance);
        (moved.clamp(-MAX_COUNTER, MAX_COUNTER - 1) & !STATE) | (state + counted)
    }))
}

/// The products of the inputs with some weight sets.
#[inline(always)]
pub(crate) fn products(weights: [&Inputs; MIXTURES], inputs: &Inputs) -> [i32; MIXTURES] {
    weights.map(|weights| {
        let mut sum = 0_i32;
        for (&weight, &input) in weights.0.iter().zip(&inputs.0) {
            sum = sum.wrapping_add(i32::from(weight) * i32::from(input));
        }
        sum
    })
}

/// Moves weights along the inputs.
#[inline(always)]
pub(crate) fn step(weights: &mut Inputs, inputs: &Inputs, error: i16) {
    for (weight, &input) in weights.0.iter_mut().zip(&inputs.0) {
        *weight = weight.saturating_add(multiply(input, error));
    }
}

/// The sum of `bytes[low..high]`.
#[inline(always)]
pub(crate) fn sum_bytes(bytes: &[u8; SYMBOLS], low: usize, high: usize) -> u32 {
    let mut sum = 0;
    for &byte in &bytes[low..high] {
        sum += u32::from(byte);
    }
    sum
}
