//! The checkpoint of a photo network: the content of `config.json`, and the averaged network.

use std::path::Path;

use candle_core::Device;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::digest::DataDigest;
use crate::error::Result;
use crate::photo::config::{PhotoConfig, PhotoTrainingConfig};
use crate::photo::network::PhotoNetwork;
use crate::training::checkpoint::{load_weights, read_config, read_network};

/// `config.json` of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhotoCheckpoint {
    /// Version of this file: 1.
    pub version: u32,
    /// The network.
    pub network: PhotoConfig,
    /// The training.
    pub training: PhotoTrainingConfig,
    /// The training images.
    pub data: DataDigest,
    /// The commit that the trainer was built from, or its version where the commit is not known.
    pub commit: String,
    /// Steps done.
    pub step: usize,
    /// The code length of the validation images at that step, in bits per sub-pixel, rounded network.
    pub validation: Option<f64>,
}

/// Loads the network of a checkpoint, from whatever program, and the record of its training. Of `config.json` only the
/// version and the network are needed.
///
/// # Errors
/// The same as [`load`].
pub fn load_network(directory: &Path, device: &Device) -> Result<(PhotoNetwork, Value)> {
    let (config, record) = read_network::<PhotoConfig, PhotoCheckpoint>(directory)?;
    let network = PhotoNetwork::new(&config, 0, device)?;
    load_weights(directory, network.parameters(), device)?;
    Ok((network, record))
}

/// Loads the averaged network of a checkpoint, and its `config.json`.
///
/// # Errors
/// When a file cannot be read, or its tensors do not fit the network of `config.json`.
pub fn load(directory: &Path, device: &Device) -> Result<(PhotoNetwork, PhotoCheckpoint)> {
    let config: PhotoCheckpoint = read_config(directory)?;
    let network = PhotoNetwork::new(&config.network, config.training.seed, device)?;
    load_weights(directory, network.parameters(), device)?;
    Ok((network, config))
}
