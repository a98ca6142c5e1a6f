//! Linear predictors of a sample (`docs/format.md`, *Deep predictors*).
//!
//! In: the neighbourhood of a sample. Out: for each predictor its mean and how wide its distribution is.

pub(crate) mod regressors;
mod least_squares;
pub(crate) mod prediction;
pub(crate) mod predictors;
