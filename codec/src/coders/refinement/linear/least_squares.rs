//! Linear prediction by least squares over the earlier samples, of which the latest count most (`docs/format.md`,
//! *Refinement*, *Least squares*).
//!
//! In: the regressors of a batch, and later its samples. Out: their means. The normal equations are kept as decayed
//! integer sums. After every few samples, some steps of conjugate gradients move the weights towards their solution.

use crate::coders::linear::conjugate_gradients::WEIGHT_BITS;
use crate::coders::linear::solve;
use crate::coders::linear::sums::{REGRESSORS, Sums};
use crate::coders::refinement::dimensions::{LANES, LaneInts, LaneShorts, MEAN_UNIT};
use crate::coders::refinement::linear::regressors::Regressors;
use crate::simd::InstructionSet;

/// Samples after which the weights move.
const BETWEEN_SOLUTIONS: usize = 16;

/// A predictor.
pub(crate) struct LeastSquares {
    pub(crate) sums: Sums,
    weights: [i16; REGRESSORS],
    /// Samples since the weights moved.
    waiting: usize,
}

impl LeastSquares {
    pub(crate) fn new(decay: u32) -> LeastSquares {
        LeastSquares {
            sums: Sums::new(decay),
            weights: [0; REGRESSORS],
            waiting: 0,
        }
    }

    /// The means, in 64ths of a sample.
    #[inline(always)]
    pub(crate) fn predict(&self, regressors: &Regressors, base: &LaneShorts) -> LaneInts {
        let mut sums = [0_i32; LANES];
        for (values, &weight) in regressors.values.iter().zip(&self.weights) {
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum += i32::from(value) * i32::from(weight);
            }
        }
        std::array::from_fn(|lane| {
            i32::from(base[lane]) * MEAN_UNIT + (sums[lane] >> (WEIGHT_BITS - 6))
        })
    }

    /// Moves the weights when enough samples were added to the sums.
    #[inline(always)]
    pub(crate) fn learn(&mut self, samples: usize, used: usize, instructions: InstructionSet) {
        self.waiting += samples;
        if self.waiting < BETWEEN_SOLUTIONS {
            return;
        }
        self.waiting = 0;
        solve(&mut self.sums, &mut self.weights, used, instructions);
    }
}
