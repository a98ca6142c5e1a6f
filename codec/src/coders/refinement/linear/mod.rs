//! Linear predictors of a sample, and what they give the mixer (`docs/format.md`, *Refinement*, *Predictors* to *Linear
//! inputs*).
//!
//! In: the neighbourhood of a pixel. Out: for each predictor its mean, and its log-odds for each decision.

pub(crate) mod regressors;
pub(crate) mod products;
#[cfg(target_arch = "x86_64")]
mod products_avx2;
#[cfg(target_arch = "aarch64")]
mod products_neon;
mod shared_products;
pub(crate) mod least_squares;
pub(crate) mod gradient;
pub(crate) mod input;
pub(crate) mod predictors;
