//! Linear layers on the CPU in one pass over memory: products with the operations that follow them, and the gradients
//! of both, added into buffers.
//!
//! Every sum runs over its terms in one fixed order, whatever the vector length and the number of threads.

pub(crate) mod rows;
pub(crate) mod panels;
mod tiles;
pub(crate) mod product;
pub(crate) mod weight_gradient;
pub(crate) mod activation_gradient;
