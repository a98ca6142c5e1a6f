//! The arithmetic of counters and mixer, many numbers at a time: in plain loops and, with equal results, with AVX2 and
//! NEON.

pub(crate) mod plain;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;

use crate::coders::mixing::arithmetic::plain::{ContextNumbers, Inputs, Lesson, MIXTURES};
use crate::model::predictor::SYMBOLS;
use crate::simd::InstructionSet;

/// The counters after a lesson.
#[inline(always)]
pub(crate) fn learned(
    instructions: InstructionSet,
    counters: &ContextNumbers,
    lesson: Lesson,
) -> ContextNumbers {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = instructions.avx2() {
        return avx2::learned(avx2, counters, lesson);
    }
    #[cfg(target_arch = "aarch64")]
    if let InstructionSet::Neon(neon) = instructions {
        return neon::learned(neon, counters, lesson);
    }
    let _ = instructions;
    plain::learned(counters, lesson)
}

/// The products of the inputs with some weight sets.
#[inline(always)]
pub(crate) fn products(
    instructions: InstructionSet,
    weights: [&Inputs; MIXTURES],
    inputs: &Inputs,
) -> [i32; MIXTURES] {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = instructions.avx2() {
        return avx2::products(avx2, weights, inputs);
    }
    let _ = instructions;
    plain::products(weights, inputs)
}

/// Moves weights along the inputs.
#[inline(always)]
pub(crate) fn step(
    instructions: InstructionSet,
    weights: &mut Inputs,
    inputs: &Inputs,
    error: i16,
) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = instructions.avx2() {
        return avx2::step(avx2, weights, inputs, error);
    }
    #[cfg(target_arch = "aarch64")]
    if let InstructionSet::Neon(neon) = instructions {
        return neon::step(neon, weights, inputs, error);
    }
    let _ = instructions;
    plain::step(weights, inputs, error);
}

/// The sum of `bytes[low..high]`.
#[inline(always)]
pub(crate) fn sum_bytes(
    instructions: InstructionSet,
    bytes: &[u8; SYMBOLS],
    low: usize,
    high: usize,
) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = instructions.avx2() {
        return avx2::sum_bytes(avx2, bytes, low, high);
    }
    let _ = instructions;
    plain::sum_bytes(bytes, low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of all sizes.
    fn numbers_from<const N: usize>(state: &mut u32) -> [i16; N] {
        std::array::from_fn(|_| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*state >> 16) as i16 >> (*state >> 12 & 15)
        })
    }

    #[test]
    fn all_instructions_give_the_numbers_of_the_plain_loops() {
        for instructions in InstructionSet::all_detected() {
            let state = &mut 1;
            for _ in 0..2000 {
                check_numbers(instructions, state);
            }
        }
    }

    fn check_numbers(instructions: InstructionSet, state: &mut u32) {
        let context = ContextNumbers(numbers_from(state));
        let [uncorrected, error] = numbers_from(state);
        let [dither, chance] = numbers_from::<2>(state).map(i16::unsigned_abs);
        let lesson = Lesson {
            uncorrected,
            answer: error < 0,
            dither: (dither & 15) as i16,
            chance: (chance % 225) as i16,
        };
        let found = learned(instructions, &context, lesson);
        assert_eq!(found.0, plain::learned(&context, lesson).0);
        let sets: [Inputs; MIXTURES] = std::array::from_fn(|_| Inputs(numbers_from(state)));
        let inputs = Inputs(numbers_from(state));
        let weights = sets.each_ref();
        let found = products(instructions, weights, &inputs);
        assert_eq!(found, plain::products(weights, &inputs));
        let [mut moved, mut expected] = [sets[0]; 2];
        step(instructions, &mut moved, &inputs, error);
        plain::step(&mut expected, &inputs, error);
        assert_eq!(moved.0, expected.0);
    }

    #[test]
    fn sums_of_bytes_are_those_of_the_plain_loop() {
        let bytes: [u8; SYMBOLS] = std::array::from_fn(|i| (255 - i * 37 % 251) as u8);
        for instructions in InstructionSet::all_detected() {
            for low in 0..=SYMBOLS {
                for high in low..=SYMBOLS {
                    let found = sum_bytes(instructions, &bytes, low, high);
                    let expected = plain::sum_bytes(&bytes, low, high);
                    assert_eq!(found, expected, "{low}..{high}");
                }
            }
        }
    }
}
