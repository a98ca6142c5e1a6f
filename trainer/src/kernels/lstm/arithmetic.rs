//! The two ways in which the paper's networks compute.

/// Whether a network computes with reals or with the integers of the exported model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// float32, with a gradient.
    Real,
    /// Tables and rounding; without a gradient.
    Integer,
}
