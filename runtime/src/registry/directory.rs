//! The models directory: its `*.onnx` files, their bytes and their ids. Never opens pipes, devices and directories.

use std::collections::HashMap;
use std::fs::{File, FileType, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use pxc_codec::ModelId;
use pxc_model::MAX_MODEL_BYTES;

use crate::error::{Error, Result};
use crate::process::{PerProcess, copied};
use crate::registry::model::id_of;

/// The variable that names the models directory.
const VARIABLE: &str = "PXC_MODELS";
/// The extension of a model file.
const EXTENSION: &str = "onnx";

/// `$PXC_MODELS`, else `pxc/models` in the user's data directory.
pub fn default_models_directory() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(path) = variable(VARIABLE) {
        return Some(path.into());
    }
    let data = match (
        variable("XDG_DATA_HOME"),
        variable("APPDATA"),
        variable("HOME"),
    ) {
        (Some(data), _, _) | (None, Some(data), _) => PathBuf::from(data),
        (None, None, Some(home)) => PathBuf::from(home).join(".local/share"),
        (None, None, None) => return None,
    };
    Some(data.join("pxc/models"))
}

/// A directory with model files, which need not exist, and the ids of the files that were read so far.
pub(crate) struct ModelDirectory {
    path: Option<PathBuf>,
    ids: PerProcess<Mutex<HashMap<PathBuf, (Stamp, ModelId)>>>,
}

/// A file whose stamp is unchanged is taken to have the same content.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

impl ModelDirectory {
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            ids: PerProcess::default(),
        }
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The paths that end in `.onnx`, sorted, whatever they lead to; an error when the directory exists and cannot be
    /// listed.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        let Some(directory) = &self.path else {
            return Ok(Vec::new());
        };
        let entries = match std::fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
        };
        let entries = entries.map_err(|source| unreadable(directory, source))?;
        let paths = entries.into_iter().map(|entry| entry.path());
        let is_model = |path: &PathBuf| path.extension().is_some_and(|found| found == EXTENSION);
        let mut files: Vec<PathBuf> = paths.filter(is_model).collect();
        files.sort();
        Ok(files)
    }

    /// The id of a file, which is read when it is new or has changed.
    pub(crate) fn id_of(&self, path: &Path) -> Result<ModelId> {
        let metadata = std::fs::metadata(path).map_err(|source| unreadable(path, source))?;
        let stamp = Stamp::of(&metadata);
        match self.ids().get(path) {
            Some((known, id)) if *known == stamp => return Ok(*id),
            _ => {}
        }
        let id = id_of(&read_model(path)?);
        self.ids().insert(path.to_owned(), (stamp, id));
        Ok(id)
    }

    fn ids(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, (Stamp, ModelId)>> {
        let ids = self.ids.get(copied);
        ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes of a model file: a regular file, no larger than models may be.
pub(crate) fn read_model(path: &Path) -> Result<Vec<u8>> {
    let failed = |source| unreadable(path, source);
    // Checked before it is opened: opening a pipe waits for its writer.
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(Error::NotAFile {
            path: path.to_owned(),
            found: kind_of(metadata.file_type()),
        });
    }
    let limit = MAX_MODEL_BYTES as u64;
    let mut bytes = Vec::new();
    if metadata.len() <= limit {
        let file = File::open(path).map_err(failed)?;
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
    }
    match metadata.len().max(bytes.len() as u64) {
        length if length <= limit => Ok(bytes),
        found => Err(Error::Model {
            name: path.display().to_string(),
            source: pxc_model::Error::Limit {
                what: "bytes of a model file".into(),
                limit,
                found,
            },
        }),
    }
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Read {
        path: path.to_owned(),
        source,
    }
}

fn kind_of(file_type: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            return "a named pipe";
        }
        if file_type.is_socket() {
            return "a socket";
        }
        if file_type.is_block_device() || file_type.is_char_device() {
            return "a device";
        }
    }
    match file_type.is_dir() {
        true => "a directory",
        false => "something else",
    }
}
