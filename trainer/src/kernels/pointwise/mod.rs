//! Element-wise work around the matrix products: rounded parameters, the step between two layers, and the loss.

pub(crate) mod straight_through;
pub(crate) mod requantise;
pub(crate) mod code_length;
pub(crate) mod symbol_bits;
