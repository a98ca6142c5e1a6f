//! A checkpoint is a directory:
//!
//! | file | content |
//! |---|---|
//! | `config.json` | [`CheckpointConfig`]: network, training, data digest, commit, steps done |
//! | `weights.safetensors` | the averaged weights: what is evaluated and exported |
//! | `training.safetensors` | raw weights, averages and moments, and the step: what a resumed run needs |
//! | `log.tsv`, `curve.png` | the course of the training |
//!
//! Files are written beside their target and renamed, so an interrupted run leaves the previous state.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor, Var};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::{NetworkConfig, TrainingConfig};
use crate::dataset::DataDigest;
use crate::network::Network;
use crate::optimiser::Optimiser;
use crate::{Error, Result};

/// The averaged weights.
pub const WEIGHTS: &str = "weights.safetensors";
const TRAINING: &str = "training.safetensors";
const CONFIG: &str = "config.json";

/// What a checkpoint was made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointConfig {
    /// Version of this file: 1.
    pub version: u32,
    /// The network.
    pub network: NetworkConfig,
    /// The training.
    pub training: TrainingConfig,
    /// The training images.
    pub data: DataDigest,
    /// The commit of the trainer, "unknown" outside a checkout.
    pub commit: String,
    /// Steps done.
    pub step: usize,
    /// The code length on the validation images at that step, in bits per sub-pixel, rounded network.
    pub validation: Option<f64>,
}

/// Reads `config.json` of a checkpoint.
pub fn read_config<T: DeserializeOwned>(directory: &Path) -> Result<T> {
    let path = directory.join(CONFIG);
    let text = std::fs::read(&path).map_err(|source| Error::Io {
        path: path.clone(),
        source,
    })?;
    serde_json::from_slice(&text).map_err(|source| Error::Json { path, source })
}

/// Whether a checkpoint is of one of the paper's networks ([`crate::systems`]).
pub fn is_of_paper(directory: &Path) -> Result<bool> {
    let config: serde_json::Value = read_config(directory)?;
    Ok(config.get("system").is_some())
}

/// Loads the averaged network of a checkpoint, and what it was made of.
pub fn load(directory: &Path, device: &Device) -> Result<(Network, CheckpointConfig)> {
    let config: CheckpointConfig = read_config(directory)?;
    let network = Network::new(&config.network, config.training.seed, device)?;
    load_weights(directory, network.parameters(), device)?;
    Ok((network, config))
}

/// Sets parameters to the averaged weights of a checkpoint.
pub fn load_weights(
    directory: &Path,
    parameters: Vec<(String, &Var)>,
    device: &Device,
) -> Result<()> {
    let path = directory.join(WEIGHTS);
    let tensors = read_tensors(&path, device)?;
    for (name, parameter) in parameters {
        set(parameter, &tensors, &name, &path)?;
    }
    Ok(())
}

/// Writes all files of a checkpoint.
pub fn save(
    directory: &Path,
    config: &impl Serialize,
    step: usize,
    optimiser: &Optimiser,
) -> Result<()> {
    std::fs::create_dir_all(directory).map_err(|source| Error::Io {
        path: directory.into(),
        source,
    })?;
    let averages = optimiser
        .slots
        .iter()
        .map(|s| (s.name.clone(), s.average.clone()))
        .collect();
    write_tensors(&directory.join(WEIGHTS), &averages)?;
    let mut state = HashMap::new();
    for slot in &optimiser.slots {
        state.insert(
            format!("parameter.{}", slot.name),
            slot.parameter.as_tensor().clone(),
        );
        state.insert(format!("average.{}", slot.name), slot.average.clone());
        state.insert(format!("first.{}", slot.name), slot.first.clone());
        state.insert(format!("second.{}", slot.name), slot.second.clone());
    }
    state.insert("step".into(), Tensor::new(step as u32, &Device::Cpu)?);
    write_tensors(&directory.join(TRAINING), &state)?;
    let path = directory.join(CONFIG);
    let text = serde_json::to_vec_pretty(config).map_err(|source| Error::Json {
        path: path.clone(),
        source,
    })?;
    write_bytes(&path, &text)
}

/// Restores the optimiser (and through it the network) from a checkpoint of the same configuration; returns the steps done,
/// 0 when there is no checkpoint.
pub fn resume(
    directory: &Path,
    wanted: &CheckpointConfig,
    optimiser: &mut Optimiser,
    device: &Device,
) -> Result<usize> {
    if !exists(directory) {
        return Ok(0);
    }
    check_same(directory, wanted)?;
    restore(directory, optimiser, device)
}

/// Whether there is a checkpoint that a run can go on from.
pub fn exists(directory: &Path) -> bool {
    directory.join(TRAINING).exists()
}

/// Restores the optimiser, and through it the network, from a checkpoint; returns the steps done.
pub fn restore(directory: &Path, optimiser: &mut Optimiser, device: &Device) -> Result<usize> {
    let path = directory.join(TRAINING);
    let tensors = read_tensors(&path, device)?;
    for slot in &mut optimiser.slots {
        set(
            &slot.parameter,
            &tensors,
            &format!("parameter.{}", slot.name),
            &path,
        )?;
        let shape = slot.parameter.dims().to_vec();
        slot.average = find(&tensors, &format!("average.{}", slot.name), &shape, &path)?.clone();
        slot.first = find(&tensors, &format!("first.{}", slot.name), &shape, &path)?.clone();
        slot.second = find(&tensors, &format!("second.{}", slot.name), &shape, &path)?.clone();
    }
    Ok(find(&tensors, "step", &[], &path)?.to_scalar::<u32>()? as usize)
}

/// Loads averaged weights of another checkpoint, to go on training from them: for each parameter those of the tensor that `source`
/// names. Returns the names of the parameters without one; they keep their initial values.
pub fn initialise_from(
    directory: &Path,
    optimiser: &mut Optimiser,
    device: &Device,
    source: impl Fn(&str) -> Option<String>,
) -> Result<Vec<String>> {
    let path = directory.join(WEIGHTS);
    let tensors = read_tensors(&path, device)?;
    let mut fresh = Vec::new();
    for slot in &mut optimiser.slots {
        let Some(source) = source(&slot.name) else {
            fresh.push(slot.name.clone());
            continue;
        };
        set(&slot.parameter, &tensors, &source, &path)?;
        slot.average = slot.parameter.as_tensor().copy()?;
    }
    Ok(fresh)
}

fn check_same(directory: &Path, wanted: &CheckpointConfig) -> Result<()> {
    let found: CheckpointConfig = read_config(directory)?;
    expect_same(directory, "network", &wanted.network, &found.network)?;
    expect_same(directory, "training", &wanted.training, &found.training)?;
    expect_same(directory, "data", &wanted.data, &found.data)
}

/// Refuses to go on from a checkpoint of another configuration.
pub fn expect_same<T: PartialEq + std::fmt::Debug>(
    directory: &Path,
    field: &'static str,
    wanted: &T,
    found: &T,
) -> Result<()> {
    if wanted == found {
        return Ok(());
    }
    Err(Error::Configuration {
        path: directory.join(CONFIG),
        field,
        expected: format!("{wanted:?}"),
        found: format!("{found:?}"),
    })
}

fn find<'a>(
    tensors: &'a HashMap<String, Tensor>,
    name: &str,
    shape: &[usize],
    path: &Path,
) -> Result<&'a Tensor> {
    let error = |found| Error::Tensor {
        path: path.into(),
        tensor: name.into(),
        expected: shape.to_vec(),
        found,
    };
    match tensors.get(name) {
        Some(tensor) if tensor.dims() == shape => Ok(tensor),
        Some(tensor) => Err(error(format!("{:?}", tensor.dims()))),
        None => Err(error("none".into())),
    }
}

fn set(parameter: &Var, tensors: &HashMap<String, Tensor>, name: &str, path: &Path) -> Result<()> {
    let tensor = find(tensors, name, parameter.dims(), path)?;
    Ok(parameter.set(tensor)?)
}

fn read_tensors(path: &Path, device: &Device) -> Result<HashMap<String, Tensor>> {
    let bytes = std::fs::read(path).map_err(|source| Error::Io {
        path: path.into(),
        source,
    })?;
    Ok(candle_core::safetensors::load_buffer(&bytes, device)?)
}

/// Writes tensors to a safetensors file, whole or not at all.
pub fn write_tensors(path: &Path, tensors: &HashMap<String, Tensor>) -> Result<()> {
    write_renamed(path, |partial| {
        Ok(candle_core::safetensors::save(tensors, partial)?)
    })
}

/// Writes bytes to a file, whole or not at all.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    write_renamed(path, |partial| {
        std::fs::write(partial, bytes).map_err(|source| io(path, source))
    })
}

/// Writes to a temporary file in the same directory, then renames it to `path`.
fn write_renamed(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let partial = path.with_extension("partial");
    write(&partial)?;
    std::fs::rename(&partial, path).map_err(|source| io(path, source))
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        path: path.into(),
        source,
    }
}
