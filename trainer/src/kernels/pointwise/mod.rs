//! Element-wise work around the matrix products: rounded parameters, the step between two layers, and the loss.

pub mod straight_through;
pub mod requantise;
pub mod code_length;
pub mod symbol_bits;
