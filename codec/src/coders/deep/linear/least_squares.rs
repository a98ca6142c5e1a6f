//! Linear prediction by least squares over the earlier samples, of which the latest count most (`docs/format.md`, *Deep
//! predictors*).
//!
//! The normal equations are kept as decayed integer sums. After every few samples, some steps of conjugate gradients
//! move the weights towards their solution.

use crate::coders::deep::dimensions::{LEAST_SQUARES, MEAN_UNIT};
use crate::coders::deep::linear::regressors::Regressors;
use crate::coders::linear::conjugate_gradients::WEIGHT_BITS;
use crate::coders::linear::solve;
use crate::coders::linear::sums::{REGRESSORS, Sums, VECTOR};
use crate::simd::InstructionSet;

/// Scaled regressors and errors stay within ±this, so that no sum overflows.
const LARGEST_REGRESSOR: i64 = 1023;
const LARGEST_ERROR: i64 = 2047;
/// Sums of products with errors stay within ±this, so that conjugate gradients cannot make them overflow twice.
const LARGEST_RESIDUAL: i32 = 1 << 29;
/// Products are cut by as many bits.
const PRODUCT_BITS: u32 = 2;

/// A predictor.
pub(crate) struct LeastSquares {
    sums: Sums,
    weights: [i16; REGRESSORS],
    /// Samples since the weights moved, and after which they move.
    waiting: usize,
    between: usize,
}

/// The regressors of a sample, as much as it counts.
pub(crate) struct Scaled {
    values: [i16; REGRESSORS],
    used: usize,
    gain: i64,
}

impl Scaled {
    /// `gain`: of 2^16.
    #[inline(always)]
    pub(crate) fn new(regressors: &Regressors, gain: i64) -> Scaled {
        let scaled = |value: i32| (i64::from(value) * gain) >> 16;
        Scaled {
            values: regressors
                .values
                .map(|value| scaled(value).clamp(-LARGEST_REGRESSOR, LARGEST_REGRESSOR) as i16),
            used: regressors.used,
            gain,
        }
    }

    /// The error of a mean, in 64ths of a sample, as much as the sample counts.
    #[inline(always)]
    fn error(&self, error: i32) -> i32 {
        let scaled = (i64::from(error) * self.gain) >> 19;
        scaled.clamp(-LARGEST_ERROR, LARGEST_ERROR) as i32
    }
}

impl LeastSquares {
    /// After `2^decay` samples, the sums have lost about two thirds.
    pub(crate) fn new(decay: u32, between: usize) -> LeastSquares {
        LeastSquares {
            sums: Sums::new(decay),
            weights: [0; REGRESSORS],
            waiting: 0,
            between,
        }
    }

    /// The mean, in 64ths of a sample.
    #[inline(always)]
    pub(crate) fn predict(&self, regressors: &Regressors) -> i64 {
        let mut sum = 0;
        for (&value, &weight) in regressors.values.iter().zip(&self.weights) {
            sum += i64::from(value) * i64::from(weight);
        }
        i64::from(regressors.base * MEAN_UNIT) + (sum >> (WEIGHT_BITS - 6))
    }

    /// Moves the weights when enough samples were added to the sums.
    #[inline(always)]
    fn solve(&mut self, used: usize, instructions: InstructionSet) {
        self.waiting += 1;
        if self.waiting < self.between {
            return;
        }
        self.waiting = 0;
        solve(&mut self.sums, &mut self.weights, used, instructions);
    }
}

/// Adds a sample to all predictors, whose means had these errors, in 64ths of a sample. One without regressors changes
/// nothing.
#[inline(always)]
pub(crate) fn learn(
    predictors: [&mut LeastSquares; LEAST_SQUARES],
    scaled: &Scaled,
    errors: [i32; LEAST_SQUARES],
    instructions: InstructionSet,
) {
    if scaled.values == [0; REGRESSORS] {
        return;
    }
    let [a, b, c, d] = predictors;
    let values = scaled.values.map(i32::from);
    let values = values.as_chunks::<VECTOR>().0;
    for row in 0..scaled.used {
        let factor = scaled.values[row].into();
        for (vector, values) in values.iter().enumerate().skip(row / VECTOR) {
            let products = products(values, factor);
            for sums in [&mut a.sums, &mut b.sums, &mut c.sums, &mut d.sums] {
                let decay = sums.decay;
                let sums = &mut sums.products[row].as_chunks_mut::<VECTOR>().0[vector];
                add(sums, &products, decay);
            }
        }
    }
    for (predictor, error) in [a, b, c, d].into_iter().zip(errors) {
        let (error, decay) = (scaled.error(error), predictor.sums.decay);
        let sums = predictor.sums.residuals.as_chunks_mut::<VECTOR>().0;
        for (sums, values) in sums.iter_mut().zip(values) {
            add_limited(sums, &products(values, error), decay);
        }
        predictor.solve(scaled.used, instructions);
    }
}

#[inline(always)]
fn products(values: &[i32; VECTOR], factor: i32) -> [i32; VECTOR] {
    values.map(|value| (factor * value) >> PRODUCT_BITS)
}

/// Lets sums decay and adds products.
#[inline(always)]
fn add(sums: &mut [i32; VECTOR], products: &[i32; VECTOR], decay: u32) {
    for (sum, product) in sums.iter_mut().zip(products) {
        *sum += product - (*sum >> decay);
    }
}

/// As [`add`], for sums that conjugate gradients may have left anywhere.
#[inline(always)]
fn add_limited(sums: &mut [i32; VECTOR], products: &[i32; VECTOR], decay: u32) {
    for (sum, &product) in sums.iter_mut().zip(products) {
        let next = sum.wrapping_sub(*sum >> decay).wrapping_add(product);
        *sum = next.clamp(-LARGEST_RESIDUAL, LARGEST_RESIDUAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_the_largest_products_do_not_overflow() {
        let values = [LARGEST_REGRESSOR as i32; VECTOR];
        for sign in [-1, 1] {
            let mut sums = [0; VECTOR];
            let products = products(&values, sign * LARGEST_ERROR as i32);
            for _ in 0..200_000 {
                add(&mut sums, &products, 12);
            }
            assert!(sums[0].unsigned_abs() > 1 << 30);
        }
    }
}
