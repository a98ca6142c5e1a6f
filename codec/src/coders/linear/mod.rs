//! What linear predictors share (`docs/format.md`, *Least squares* and *Linear inputs*): the normal equations, their
//! solution, and how large the errors of a mean are.

pub(crate) mod sums;
pub(crate) mod conjugate_gradients;
#[cfg(target_arch = "x86_64")]
mod conjugate_gradients_avx2;
pub(crate) mod mean_errors;

use self::sums::{REGRESSORS, Sums};
use crate::simd::InstructionSet;

/// Moves the weights of the first `used` regressors towards the solution of the normal equations.
#[inline(always)]
pub(crate) fn solve(
    sums: &mut Sums,
    weights: &mut [i16; REGRESSORS],
    used: usize,
    instructions: InstructionSet,
) {
    match instructions.avx2() {
        #[cfg(target_arch = "x86_64")]
        Some(avx2) => conjugate_gradients_avx2::solve(avx2, sums, weights, used),
        _ => conjugate_gradients::solve(sums, weights, used),
    }
}
