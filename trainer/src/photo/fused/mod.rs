//! The photo network on the CPU: forward and backward over blocks of pixels that stay in the cache, on one thread each.
//!
//! [`step_weights`] lays out the parameters once a step, [`pass`] runs blocks of pixels through all layers, and
//! [`gradients`] collects what they add. [`forward`](crate::photo::forward) computes the same values with Candle's
//! operations; tests compare both.

pub(crate) mod step_weights;
pub(crate) mod gradients;
pub(crate) mod pass;
