//! Linear predictors by least squares over the samples before, newer ones counting more (`docs/format.md`, *Refinement*,
//! *Least squares*).
//!
//! The normal equations are kept as decayed integer sums; one sweep of Gauss and Seidel after every few samples follows their
//! solution.

use super::linear_inputs::Inputs;
use super::linear_opinion::MEAN_UNIT;
#[cfg(target_arch = "x86_64")]
use super::products_avx2;
use crate::entropy::frequencies::Kernel;

/// Fraction bits of a weight.
const WEIGHT_BITS: u32 = 14;
/// Fraction bits of a sum of products.
pub(super) const SUM_BITS: u32 = 4;
/// Added to the diagonal.
const RIDGE: i64 = 1 << SUM_BITS;
const MOST_WEIGHT: i64 = 8 << WEIGHT_BITS;

/// Two samples' inputs side by side, so that one instruction multiplies both.
pub(super) type Pair<const N: usize> = [[i16; 2]; N];

/// A predictor with `N` inputs that learns from `2 · PAIRS` samples together.
pub(super) struct LeastSquares<const N: usize, const PAIRS: usize> {
    /// A sum loses this part, as a power of two, when the predictor learns.
    decay: u32,
    /// Samples that wait, and the differences of each to its base.
    waiting: usize,
    inputs: [Pair<N>; PAIRS],
    targets: [[i16; 2]; PAIRS],
    /// Decayed sums of products of inputs, symmetric.
    products: [[i32; N]; N],
    /// Decayed sums of products with the target.
    target_products: [i32; N],
    weights: [i32; N],
}

impl<const N: usize, const PAIRS: usize> LeastSquares<N, PAIRS> {
    pub(super) fn new(decay: u32) -> LeastSquares<N, PAIRS> {
        LeastSquares {
            decay,
            waiting: 0,
            inputs: [[[0; 2]; N]; PAIRS],
            targets: [[0; 2]; PAIRS],
            products: [[0; N]; N],
            target_products: [0; N],
            weights: [0; N],
        }
    }

    /// The mean in 64ths.
    #[inline(always)]
    pub(super) fn predict(&self, inputs: &Inputs<N>, base: i16) -> i32 {
        let mut sum = 0;
        for (&x, &w) in inputs.values.iter().zip(&self.weights) {
            sum += i32::from(x) * w;
        }
        i32::from(base) * MEAN_UNIT + (sum >> (WEIGHT_BITS - 6))
    }

    /// `target`: the sample minus its base.
    #[inline(always)]
    pub(super) fn learn(&mut self, inputs: &Inputs<N>, target: i16, kernel: Kernel) {
        let (pair, side) = (self.waiting / 2, self.waiting % 2);
        for (waiting, &value) in self.inputs[pair].iter_mut().zip(&inputs.values) {
            waiting[side] = value;
        }
        self.targets[pair][side] = target;
        self.waiting += 1;
        if self.waiting == 2 * PAIRS {
            self.waiting = 0;
            self.add(inputs.used, kernel);
            self.sweep(inputs.used);
        }
    }

    /// Takes the waiting samples into the sums.
    #[inline(always)]
    fn add(&mut self, used: usize, kernel: Kernel) {
        for (index, row) in self.products[..used].iter_mut().enumerate() {
            let own: [[i16; 2]; PAIRS] = std::array::from_fn(|pair| self.inputs[pair][index]);
            decayed(row, self.decay, &self.inputs, &own, kernel);
        }
        decayed(
            &mut self.target_products,
            self.decay,
            &self.inputs,
            &self.targets,
            kernel,
        );
    }

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
            self.weights[index] = moved.clamp(-MOST_WEIGHT, MOST_WEIGHT) as i32;
        }
    }
}

/// Takes the products of inputs and the factor of each sample into the sums.
#[inline(always)]
#[allow(unsafe_code)]
fn decayed<const N: usize, const PAIRS: usize>(
    sums: &mut [i32; N],
    decay: u32,
    inputs: &[Pair<N>; PAIRS],
    factors: &[[i16; 2]; PAIRS],
    kernel: Kernel,
) {
    #[cfg(target_arch = "x86_64")]
    if kernel == Kernel::Avx2 {
        // SAFETY: `Kernel::Avx2` is only kept where `Kernel::detect` found AVX2, the one feature needed.
        return unsafe { products_avx2::decayed(sums, decay, inputs, factors) };
    }
    for (index, sum) in sums.iter_mut().enumerate() {
        let mut products = 0;
        for (pair, factor) in inputs.iter().zip(factors) {
            let [first, second] = pair[index];
            products +=
                i32::from(first) * i32::from(factor[0]) + i32::from(second) * i32::from(factor[1]);
        }
        *sum += (products << SUM_BITS) - (*sum >> decay);
    }
}
