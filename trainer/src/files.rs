//! Writes tensors and bytes to files, and reads them. A file is written whole or not at all: first beside its target,
//! then renamed.

use std::collections::HashMap;
use std::path::Path;

use candle_core::safetensors::{Load, SliceSafetensors};
use candle_core::{Device, Tensor};

use crate::error::{Error, Result};

/// Tensors by name. If Candle does not know the element type of one, that type and its shape stand for it.
pub(crate) type Tensors = HashMap<String, std::result::Result<Tensor, String>>;

/// Reads all tensors of a safetensors file.
pub(crate) fn read_tensors(path: &Path, device: &Device) -> Result<Tensors> {
    let bytes = std::fs::read(path).map_err(|source| unreadable(path, source))?;
    let file = SliceSafetensors::new(&bytes).map_err(|error| Error::Damaged {
        path: path.into(),
        form: "safetensors file",
        source: error.into(),
    })?;
    let tensors = file.tensors().into_iter();
    let read = tensors.map(|(name, view)| {
        let tensor = view.load(device);
        let unknown = |_| format!("{:?} {:?}", view.dtype(), view.shape());
        (name, tensor.map_err(unknown))
    });
    Ok(read.collect())
}

/// Writes tensors to a safetensors file.
///
/// # Errors
/// When the file cannot be written; an earlier file of that name is left as it was.
pub fn write_tensors(path: &Path, tensors: &HashMap<String, Tensor>) -> Result<()> {
    write_renamed(path, |partial| {
        candle_core::safetensors::save(tensors, partial)
            .map_err(|error| unwritable(partial, std::io::Error::other(error)))
    })
}

/// Writes bytes to a file.
///
/// # Errors
/// When the file cannot be written; an earlier file of that name is left as it was.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    write_renamed(path, |partial| {
        std::fs::write(partial, bytes).map_err(|source| unwritable(path, source))
    })
}

/// Writes to a temporary file in the same directory, then renames it to `path`.
fn write_renamed(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let partial = path.with_extension("partial");
    write(&partial)?;
    std::fs::rename(&partial, path).map_err(|source| unwritable(path, source))
}

/// Creates a directory and those above it.
pub(crate) fn create_directory(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|source| unwritable(path, source))
}

pub(crate) fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Read {
        path: path.into(),
        source,
    }
}

pub(crate) fn unwritable(path: &Path, source: std::io::Error) -> Error {
    Error::Write {
        path: path.into(),
        source,
    }
}
