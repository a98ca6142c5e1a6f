//! The photo network: a local PixelCNN over the differences of a pixel's causal neighbours (`docs/model.md`,
//! *Metadata*).
//!
//! A [`PhotoConfig`](config::PhotoConfig) becomes a list of layers; a [`PhotoNetwork`](network::PhotoNetwork) holds
//! their parameters and runs them in float or as the exported model rounds.

pub mod config;
pub mod features;
pub mod layer;
mod initial;
pub mod network;
mod forward;
mod fused;
pub mod evaluation;
pub mod checkpoint;
mod sampler;
pub mod training;
pub mod tuning;
