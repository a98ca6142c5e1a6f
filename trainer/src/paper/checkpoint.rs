//! The checkpoint of one of the paper's networks: the content of `config.json`, and the averaged network.

use std::path::Path;

use candle_core::Device;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::digest::DataDigest;
use crate::error::{Error, Result};
use crate::paper::config::{PaperConfig, PaperTrainingConfig};
use crate::paper::network::paper_network::PaperNetwork;
use crate::training::checkpoint::{load_weights, read_config, read_network};

/// `config.json` of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaperCheckpoint {
    /// Version of this file: 1.
    pub version: u32,
    /// The network.
    pub network: PaperConfig,
    /// The training.
    pub training: PaperTrainingConfig,
    /// The training images.
    pub data: DataDigest,
    /// The commit that the trainer was built from, or its version where the commit is not known.
    pub commit: String,
    /// Steps done.
    pub step: usize,
    /// Minutes of training so far.
    pub minutes: f64,
    /// The code length of the validation images at that step, in nats per image, integer network.
    pub validation: Option<f64>,
}

/// Whether the network of a checkpoint is one of the paper's: only those have a family.
///
/// # Errors
/// When its `config.json` cannot be read.
pub fn is_of_paper(directory: &Path) -> Result<bool> {
    let config: serde_json::Value = read_config(directory)?;
    Ok(config["network"].get("family").is_some())
}

/// Loads the network of a checkpoint, from whatever program, and the record of its training. Of `config.json` only the
/// version and the network are needed.
///
/// # Errors
/// The same as [`load`].
pub fn load_network(directory: &Path, device: &Device) -> Result<(PaperNetwork, Value)> {
    let (config, record) = read_network::<PaperConfig, PaperCheckpoint>(directory)?;
    let network = PaperNetwork::new(&config, 0, device)?;
    load_weights(directory, network.parameters(), device)?;
    Ok((network, record))
}

/// Loads the averaged network of a checkpoint, and its `config.json`.
///
/// # Errors
/// When a file cannot be read, or its tensors do not fit the network of `config.json`.
pub fn load(directory: &Path, device: &Device) -> Result<(PaperNetwork, PaperCheckpoint)> {
    if !is_of_paper(directory)? {
        return Err(Error::OtherNetwork {
            path: directory.into(),
            expected: "one of the paper's networks",
            found: "a network of photos",
        });
    }
    let config: PaperCheckpoint = read_config(directory)?;
    let network = PaperNetwork::new(&config.network, config.training.seed, device)?;
    load_weights(directory, network.parameters(), device)?;
    Ok((network, config))
}
