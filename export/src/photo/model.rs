//! The model file of a photo network (`docs/model.md`, *Metadata*).

use pxc_model::{ModelFile, PhotoMetadata};
use pxc_trainer::photo::network::PhotoNetwork;
use serde::Serialize;

use crate::error::Result;
use crate::photo::graph;

/// Makes the model file of a network. `training` says how it was trained: its checkpoint, or another record.
///
/// # Errors
/// When a layer has no integer form, or the graph is not valid.
pub fn export(network: &PhotoNetwork, training: &impl Serialize) -> Result<ModelFile> {
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
        training: serde_json::to_value(training)?,
    };
    let graph = graph::build(network)?;
    Ok(ModelFile::new(metadata, graph)?)
}
