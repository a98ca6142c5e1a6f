//! How gradients change the weights: the learning rate of a step, the update rules, and the moving average that is exported.

pub mod schedule;
pub mod update;
mod orthogonal;
pub mod optimiser;
