//! How gradients change the weights: the learning rate of a step, the update rules, and the moving average that is
//! exported.

pub(crate) mod schedule;
pub mod update;
mod orthogonal;
pub(crate) mod optimiser;
