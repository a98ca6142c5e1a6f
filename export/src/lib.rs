//! Turns a checkpoint into one integer-exact ONNX file (`docs/model.md`), proves it, and writes parity vectors.
//!
//! [`integer_graph`] rewrites the trainer's layers, whose tensors hold `integer · 2^−step`, in the integers themselves, and so does
//! [`paper_model`] with the paper's networks; [`parity`] and [`paper_parity`] record what the trainer's rounded network says about
//! some pixels, for the runtime to repeat.

pub mod integer_graph;
mod kept_maps;
mod paper_weights;
mod paper_graph;
pub mod paper_model;
pub mod parity;
pub mod paper_parity;
mod error;

pub use error::Error;

use pxc_model::{ModelFile, PhotoMetadata};
use pxc_trainer::checkpoint::CheckpointConfig;
use pxc_trainer::network::Network;

/// The result of an exporter function.
pub type Result<T> = std::result::Result<T, Error>;

/// The model file of a network.
pub fn export(network: &Network, checkpoint: &CheckpointConfig) -> Result<ModelFile> {
    let config = &network.config;
    let metadata = PhotoMetadata {
        version: 1,
        family: "photo".into(),
        name: config.name.clone(),
        channels: config.channels(),
        order: config.order.clone(),
        taps: config.taps().iter().map(|&(dy, dx)| [dy, dx]).collect(),
        shear: 2,
        context: "median-differences".into(),
        prediction: "carry".into(),
        training: serde_json::to_value(checkpoint)?,
    };
    let graph = integer_graph::build(network)?;
    Ok(ModelFile::new(metadata, graph)?)
}
