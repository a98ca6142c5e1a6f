//! Linear prediction by least squares over the earlier samples, of which the latest count most (`docs/format.md`,
//! *Refinement*, *Least squares*).
//!
//! In: the regressors of a batch, and later its samples. Out: their means. The normal equations are kept as decayed integer sums.
//! After every few samples, two Gauss-Seidel sweeps move the weights towards their solution.

use std::ops::Range;

use crate::coders::refined::dimensions::{LANES, LaneInts, LaneShorts, MEAN_UNIT};
use crate::coders::refined::linear::products::{self, PAIRS, Pairs, SUM_BITS};
#[cfg(target_arch = "x86_64")]
use crate::coders::refined::linear::products_avx2;
use crate::coders::refined::linear::regressors::{Regressors, masked};
use crate::simd::InstructionSet;

/// Fraction bits of a weight.
const WEIGHT_BITS: u32 = 14;
/// Added to the diagonal.
const RIDGE: i64 = 1 << SUM_BITS;
const MAX_WEIGHT: i64 = 8 << WEIGHT_BITS;
/// Samples after which the weights move.
const BETWEEN_SWEEPS: usize = 16;
const SWEEPS: usize = 2;

/// A predictor with `N` regressors.
pub(crate) struct LeastSquares<const N: usize> {
    /// After 16 samples, the sums have lost their `2^decay`th part.
    decay: u32,
    /// Samples since the weights moved.
    waiting: usize,
    /// Decayed sums of products of regressors, symmetric.
    products: [[i32; N]; N],
    /// Decayed sums of products with the target.
    target_products: [i32; N],
    weights: [i32; N],
}

impl<const N: usize> LeastSquares<N> {
    pub(crate) fn new(decay: u32) -> LeastSquares<N> {
        LeastSquares {
            decay,
            waiting: 0,
            products: [[0; N]; N],
            target_products: [0; N],
            weights: [0; N],
        }
    }

    /// The means, in 64ths of a sample.
    #[inline(always)]
    pub(crate) fn predict(&self, regressors: &Regressors<N>, base: &LaneShorts) -> LaneInts {
        let mut sums = [0_i32; LANES];
        for (values, &weight) in regressors.values.iter().zip(&self.weights) {
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum += i32::from(value) * weight;
            }
        }
        std::array::from_fn(|lane| {
            i32::from(base[lane]) * MEAN_UNIT + (sums[lane] >> (WEIGHT_BITS - 6))
        })
    }

    /// Adds the samples of `lanes` to the sums: the targets are the samples minus their bases; `values` are those of the
    /// regressors. The weights are due to move when [`is_due`](LeastSquares::is_due) says so.
    #[inline(always)]
    pub(crate) fn add(
        &mut self,
        (regressors, values): (&Regressors<N>, &[Pairs<N>; PAIRS]),
        targets: &LaneShorts,
        lanes: &Range<usize>,
        instructions: InstructionSet,
    ) {
        let rows = self.products[..regressors.used].iter_mut();
        let rows = rows.zip(&regressors.values);
        for (row, factors) in rows.chain([(&mut self.target_products, targets)]) {
            let factors = masked(factors, lanes);
            add_products(instructions, row, (self.decay, lanes), values, &factors);
        }
        self.waiting += lanes.len();
    }

    #[inline(always)]
    fn is_due(&self) -> bool {
        self.waiting >= BETWEEN_SWEEPS
    }

    /// Moves the weights of those predictors that are due. They take turns, so that the processor works on several at a time.
    #[inline(always)]
    pub(crate) fn sweep<const P: usize>(mut predictors: [&mut LeastSquares<N>; P], used: usize) {
        for _ in 0..SWEEPS {
            for index in 0..used {
                for predictor in predictors.iter_mut().filter(|predictor| predictor.is_due()) {
                    predictor.solve(index);
                }
            }
        }
        for predictor in predictors.iter_mut().filter(|predictor| predictor.is_due()) {
            predictor.waiting = 0;
        }
    }

    /// Solves an equation for its own weight.
    #[inline(always)]
    fn solve(&mut self, index: usize) {
        let row = &self.products[index];
        let mut fitted = 0;
        for (&sum, &w) in row.iter().zip(&self.weights) {
            fitted += i64::from(sum) * i64::from(w);
        }
        let weight = i64::from(self.weights[index]);
        let target = i64::from(self.target_products[index]);
        let rest = (target << WEIGHT_BITS) - fitted - RIDGE * weight;
        let moved = weight + rest / (i64::from(row[index]) + RIDGE);
        self.weights[index] = moved.clamp(-MAX_WEIGHT, MAX_WEIGHT) as i32;
    }
}

/// Lets `sums` decay for the samples of some lanes, and adds the products of their `values` and `factors`.
#[inline(always)]
fn add_products<const N: usize>(
    instructions: InstructionSet,
    sums: &mut [i32; N],
    decay: (u32, &Range<usize>),
    values: &[Pairs<N>; PAIRS],
    factors: &LaneShorts,
) {
    match instructions {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2(avx2) => {
            products_avx2::add_products(avx2, sums, decay, values, factors);
        }
        _ => products::add_products(sums, decay, values, factors),
    }
}
