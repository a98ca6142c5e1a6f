//! Trains the probability models of pxc with Candle.
//!
//! The modules stand in the order in which data flows: images ([`dataset`]) are cropped and disturbed
//! ([`augmentation`]), become integer features ([`features`]), pass through a [`network`] whose layers round as the
//! exported model will ([`numeric`], [`fused`]), and the [`optimiser`] lowers the code length. [`training`] is the
//! loop; [`checkpoint`] is what it leaves behind; [`evaluation`] measures a network as the codec would.

pub mod config;
pub mod dataset;
pub mod augmentation;
pub mod features;
pub mod numeric;
pub mod fused;
pub mod network;
pub mod systems;
pub mod optimiser;
pub mod evaluation;
pub mod checkpoint;
pub mod curve;
pub mod run_log;
pub mod training;
pub mod error;

#[cfg(test)]
mod checks;

pub use error::Error;

/// The result of a trainer function.
pub type Result<T> = std::result::Result<T, Error>;
