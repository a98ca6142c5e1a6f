//! Linear prediction by least squares over the earlier samples, of which the latest count most (`docs/format.md`,
//! *Refinement*, *Least squares*).
//!
//! In: the regressors of a sample, and later the sample. Out: its mean. The normal equations are kept as decayed integer sums.
//! After every few samples, one Gauss-Seidel sweep moves the weights towards their solution.

use crate::coders::refined::dimensions::MEAN_UNIT;
use crate::coders::refined::linear::products::{self, Pair, SUM_BITS};
#[cfg(target_arch = "x86_64")]
use crate::coders::refined::linear::products_avx2;
use crate::coders::refined::linear::regressors::Regressors;
use crate::simd::InstructionSet;

/// Fraction bits of a weight.
const WEIGHT_BITS: u32 = 14;
/// Added to the diagonal.
const RIDGE: i64 = 1 << SUM_BITS;
const MAX_WEIGHT: i64 = 8 << WEIGHT_BITS;

/// A predictor with `N` regressors that learns from `2 · PAIRS` samples at a time.
pub(crate) struct LeastSquares<const N: usize, const PAIRS: usize> {
    /// Each time the predictor learns, its sums lose their `2^decay`th part.
    decay: u32,
    /// Samples that wait to be learned from, their regressors, and their differences to their bases.
    waiting: usize,
    regressors: [Pair<N>; PAIRS],
    targets: Pair<PAIRS>,
    /// Decayed sums of products of regressors, symmetric.
    products: [[i32; N]; N],
    /// Decayed sums of products with the target.
    target_products: [i32; N],
    weights: [i32; N],
}

impl<const N: usize, const PAIRS: usize> LeastSquares<N, PAIRS> {
    pub(crate) fn new(decay: u32) -> LeastSquares<N, PAIRS> {
        LeastSquares {
            decay,
            waiting: 0,
            regressors: [[[0; 2]; N]; PAIRS],
            targets: [[0; 2]; PAIRS],
            products: [[0; N]; N],
            target_products: [0; N],
            weights: [0; N],
        }
    }

    /// The mean, in 64ths of a sample.
    #[inline(always)]
    pub(crate) fn predict(&self, regressors: &Regressors<N>, base: i16) -> i32 {
        let mut sum = 0;
        for (&x, &w) in regressors.values.iter().zip(&self.weights) {
            sum += i32::from(x) * w;
        }
        i32::from(base) * MEAN_UNIT + (sum >> (WEIGHT_BITS - 6))
    }

    /// Learns from a sample: `target` is the sample minus its base.
    #[inline(always)]
    pub(crate) fn learn(
        &mut self,
        regressors: &Regressors<N>,
        target: i16,
        instructions: InstructionSet,
    ) {
        let (pair, side) = (self.waiting / 2, self.waiting % 2);
        for (waiting, &value) in self.regressors[pair].iter_mut().zip(&regressors.values) {
            waiting[side] = value;
        }
        self.targets[pair][side] = target;
        self.waiting += 1;
        if self.waiting == 2 * PAIRS {
            self.waiting = 0;
            self.add(regressors.used, instructions);
            self.sweep(regressors.used);
        }
    }

    /// Adds the waiting samples to the sums.
    #[inline(always)]
    fn add(&mut self, used: usize, instructions: InstructionSet) {
        for (index, row) in self.products[..used].iter_mut().enumerate() {
            let own: Pair<PAIRS> = std::array::from_fn(|pair| self.regressors[pair][index]);
            add_products(instructions, row, self.decay, &self.regressors, &own);
        }
        let sums = &mut self.target_products;
        add_products(
            instructions,
            sums,
            self.decay,
            &self.regressors,
            &self.targets,
        );
    }

    /// Solves each equation in turn for its own weight.
    #[inline(always)]
    fn sweep(&mut self, used: usize) {
        for index in 0..used {
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
}

/// Lets `sums` decay and adds the products of `values` and of the `factors` of their samples.
#[inline(always)]
fn add_products<const N: usize, const PAIRS: usize>(
    instructions: InstructionSet,
    sums: &mut [i32; N],
    decay: u32,
    values: &[Pair<N>; PAIRS],
    factors: &Pair<PAIRS>,
) {
    match instructions {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2(avx2) => {
            products_avx2::add_products(avx2, sums, decay, values, factors);
        }
        _ => products::add_products(sums, decay, values, factors),
    }
}
