//! A checkpoint is a directory:
//!
//! | file | content |
//! |---|---|
//! | `config.json` | network, training, data digest, commit, steps done: [`PhotoCheckpoint`] or [`PaperCheckpoint`] |
//! | `weights.safetensors` | the averaged weights, which are evaluated and exported |
//! | `training.safetensors` | raw weights, averages, moments and the step, which a resumed run needs |
//! | `log.tsv`, `curve.png` | the course of the training |
//!
//! Each file is replaced as a whole, so an interrupted run leaves the previous state.
//!
//! [`PhotoCheckpoint`]: crate::photo::checkpoint::PhotoCheckpoint
//! [`PaperCheckpoint`]: crate::paper::checkpoint::PaperCheckpoint

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor, Var};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::files::{
    Tensors, create_directory, read_tensors, unreadable, unwritable, write_bytes, write_tensors,
};
use crate::optim::optimiser::Optimiser;

/// The averaged weights.
pub(crate) const WEIGHTS: &str = "weights.safetensors";
const TRAINING: &str = "training.safetensors";
const CONFIG: &str = "config.json";

/// The version of `config.json`.
const VERSION: u64 = 1;

/// Reads `config.json` of a checkpoint.
pub(crate) fn read_config<T: DeserializeOwned>(directory: &Path) -> Result<T> {
    let path = directory.join(CONFIG);
    let config = read_value(&path)?;
    serde_json::from_value(config).map_err(|error| damaged(&path, error))
}

/// Reads the network from `config.json`, for an export. Also returns the record of the training: the whole file, in the
/// form of `T` if it has everything that a checkpoint of pxc-train has.
pub(crate) fn read_network<N: DeserializeOwned, T: Serialize + DeserializeOwned>(
    directory: &Path,
) -> Result<(N, Value)> {
    let path = directory.join(CONFIG);
    let config = read_value(&path)?;
    let network = config.get("network").cloned().unwrap_or_default();
    let network = serde_json::from_value(network).map_err(|error| damaged(&path, error))?;
    let complete = T::deserialize(&config).and_then(serde_json::to_value);
    Ok((network, complete.unwrap_or(config)))
}

fn read_value(path: &Path) -> Result<Value> {
    let text = std::fs::read(path).map_err(|source| unreadable(path, source))?;
    let config: Value = serde_json::from_slice(&text).map_err(|error| damaged(path, error))?;
    match config.get("version") {
        Some(version) if version.as_u64() == Some(VERSION) => Ok(config),
        other => Err(Error::Version {
            path: path.into(),
            expected: VERSION,
            found: other.map_or("none".into(), Value::to_string),
        }),
    }
}

fn damaged(path: &Path, error: serde_json::Error) -> Error {
    Error::Damaged {
        path: path.into(),
        form: "configuration of a checkpoint",
        source: error.into(),
    }
}

/// Sets parameters to the averaged weights of a checkpoint.
pub(crate) fn load_weights(
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

/// Writes all files of a checkpoint but the log.
pub(crate) fn save(
    directory: &Path,
    config: &impl Serialize,
    step: usize,
    optimiser: &Optimiser,
) -> Result<()> {
    create_directory(directory)?;
    let averages = optimiser
        .slots
        .iter()
        .map(|s| (s.name.clone(), s.average.clone()))
        .collect();
    write_tensors(&directory.join(WEIGHTS), &averages)?;
    write_tensors(&directory.join(TRAINING), &training_state(step, optimiser)?)?;
    let path = directory.join(CONFIG);
    let text =
        serde_json::to_vec_pretty(config).map_err(|error| unwritable(&path, error.into()))?;
    write_bytes(&path, &text)
}

fn training_state(step: usize, optimiser: &Optimiser) -> Result<HashMap<String, Tensor>> {
    let mut state = HashMap::new();
    for slot in &optimiser.slots {
        let mut keep = |kind, tensor: &Tensor| {
            state.insert(format!("{kind}.{}", slot.name), tensor.clone());
        };
        keep("parameter", slot.parameter.as_tensor());
        keep("average", &slot.average);
        keep("first", &slot.first);
        keep("second", &slot.second);
    }
    state.insert("step".into(), Tensor::new(step as u32, &Device::Cpu)?);
    Ok(state)
}

/// Whether the directory holds a checkpoint that a run can resume from.
pub(crate) fn exists(directory: &Path) -> bool {
    directory.join(TRAINING).exists()
}

/// Restores the optimiser, and through it the network, from a checkpoint; returns the steps done.
pub(crate) fn restore(
    directory: &Path,
    optimiser: &mut Optimiser,
    device: &Device,
) -> Result<usize> {
    let path = directory.join(TRAINING);
    let tensors = read_tensors(&path, device)?;
    for slot in &mut optimiser.slots {
        let shape = slot.parameter.dims().to_vec();
        let state = |kind| {
            let name = format!("{kind}.{}", slot.name);
            find(&tensors, &name, (DType::F32, &shape), &path)
        };
        slot.parameter.set(state("parameter")?)?;
        slot.average = state("average")?.clone();
        slot.first = state("first")?.clone();
        slot.second = state("second")?.clone();
    }
    Ok(find(&tensors, "step", (DType::U32, &[]), &path)?.to_scalar::<u32>()? as usize)
}

/// Sets each parameter to the averaged weights of another checkpoint, from the tensor that `source` names for it.
/// Returns the names of the parameters without a source; they keep their initial values.
pub(crate) fn initialise_from(
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

/// Refuses to resume from a checkpoint whose `field` in `config.json` differs from the requested one.
pub(crate) fn expect_same<T: PartialEq + std::fmt::Debug>(
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
    tensors: &'a Tensors,
    name: &str,
    (element, shape): (DType, &[usize]),
    path: &Path,
) -> Result<&'a Tensor> {
    let spelled = |element: DType, shape: &[usize]| format!("{} {shape:?}", element.as_str());
    let found = match tensors.get(name) {
        Some(Ok(tensor)) if tensor.dtype() == element && tensor.dims() == shape => {
            return Ok(tensor);
        }
        Some(Ok(tensor)) => spelled(tensor.dtype(), tensor.dims()),
        Some(Err(unknown)) => unknown.clone(),
        None => "none".into(),
    };
    Err(Error::Tensor {
        path: path.into(),
        tensor: name.into(),
        expected: spelled(element, shape),
        found,
    })
}

fn set(parameter: &Var, tensors: &Tensors, name: &str, path: &Path) -> Result<()> {
    let tensor = find(tensors, name, (DType::F32, parameter.dims()), path)?;
    Ok(parameter.set(tensor)?)
}
