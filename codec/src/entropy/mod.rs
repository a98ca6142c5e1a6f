//! From logits to bytes: frequencies, logistic arithmetic, the range coder.

pub mod frequencies;
pub(crate) mod logistic;
pub(crate) mod range_coder;
