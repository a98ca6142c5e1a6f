//! The normal equations of least squares as decayed integer sums (`docs/format.md`, *Refinement*, *Least squares*).

/// Regressors of a sample at most.
pub(crate) const REGRESSORS: usize = 24;
/// Regressors whose sums are kept together: a vector. Products of two regressors are kept once, in the row of the one
/// that comes first, unless both are in the same vector.
pub(crate) const VECTOR: usize = 8;

/// A sum for each regressor.
pub(crate) type RegressorSums = [i32; REGRESSORS];

/// The sums of one predictor.
pub(crate) struct Sums {
    /// How much the sums lose, as a power of two: after each sample in the deep method, after 16 in the refined one,
    /// their `2^decay`th part.
    pub(crate) decay: u32,
    /// Of products of two regressors. Vectors before that of the row are not used.
    pub(crate) products: [RegressorSums; REGRESSORS],
    /// Of products with the errors of the means, in 8ths of a sample.
    pub(crate) residuals: RegressorSums,
}

impl Sums {
    pub(crate) fn new(decay: u32) -> Sums {
        Sums {
            decay,
            products: [[0; REGRESSORS]; REGRESSORS],
            residuals: [0; REGRESSORS],
        }
    }
}
