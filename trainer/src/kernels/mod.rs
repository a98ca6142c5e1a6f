//! The arithmetic of the networks: integer grids, rounding, and operations that are one pass over memory with its own
//! gradient.
//!
//! Every operation has two forms ([`form`]): a fast one, Candle custom operations for the CPU, and one that is composed
//! of Candle's own operations, for every device. Tests compare them.

pub mod grid;
pub mod form;
pub(crate) mod computed;
pub mod quantisation;
pub(crate) mod values;
pub(crate) mod ternary;
mod matrix;
pub mod extent;
pub(crate) mod placement;
pub(crate) mod pointwise;
pub(crate) mod linear;
pub(crate) mod convolution;
pub mod lstm;

#[cfg(test)]
pub(crate) mod checks;
