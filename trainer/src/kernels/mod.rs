//! The arithmetic of the networks: integer grids, rounding, and operations that are one pass over memory with its own
//! gradient.
//!
//! On the CPU the operations are Candle custom operations; on other devices the same functions are composed of Candle's
//! own. Both give the same values, which tests compare, but only the CPU evaluates integer networks.

pub mod grid;
pub mod quantisation;
pub(crate) mod values;
pub(crate) mod ternary;
mod matrix;
pub mod extent;
pub(crate) mod pointwise;
pub(crate) mod linear;
pub(crate) mod convolution;
pub mod lstm;

#[cfg(test)]
pub(crate) mod checks;
