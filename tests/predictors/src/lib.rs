//! Predictors without networks, for tests: their logits are hashes of what they are given. Also images to code with
//! them.

pub mod images;
pub mod hashing_model;
pub mod map_model;
pub mod named;
