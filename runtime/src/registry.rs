//! Finds models: embedded ones, explicit files, and those of a models directory. Each is read when it is first needed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pxc_codec::{Effort, ModelId};

use crate::embedded::EMBEDDED;
use crate::error::{Error, Result};
use crate::model::{Model, id_of};

/// The variable that names the models directory.
const VARIABLE: &str = "PXC_MODELS";
/// A directory with more model files than this is not searched further.
const MAX_FILES: usize = 256;

/// The models that can be used.
pub struct Registry {
    directory: Option<PathBuf>,
    known: Mutex<Vec<Known>>,
}

/// A model that a registry has seen.
#[derive(Clone)]
struct Known {
    id: ModelId,
    model: Arc<Model>,
    origin: Origin,
}

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// It is part of the library.
    Embedded,
    /// It is a file, in the models directory or added by hand.
    File {
        /// The file's path.
        path: PathBuf,
    },
    /// It was given as bytes.
    Memory,
}

/// A model and where it comes from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelEntry {
    /// The model.
    pub model: Arc<Model>,
    /// Its place.
    pub origin: Origin,
}

impl Default for Registry {
    /// The embedded models and the [default models directory](default_models_directory).
    fn default() -> Self {
        Self::with_directory(default_models_directory())
    }
}

impl Registry {
    /// The embedded models and the `*.onnx` files of a directory. It need not exist.
    pub fn with_directory(directory: Option<PathBuf>) -> Self {
        Self {
            directory,
            known: Mutex::new(Vec::new()),
        }
    }

    /// Adds a model file.
    pub fn add_file(&self, path: &Path) -> Result<Arc<Model>> {
        let origin = Origin::File {
            path: path.to_owned(),
        };
        self.add(&path.display().to_string(), &read(path)?, origin)
    }

    /// Adds a model from the bytes of its file.
    pub fn add_bytes(&self, bytes: &[u8]) -> Result<Arc<Model>> {
        self.add("model", bytes, Origin::Memory)
    }

    /// The model of an id.
    pub fn by_id(&self, id: ModelId) -> Result<Arc<Model>> {
        if let Some(known) = self.find_known(|known| known.id == id) {
            return Ok(known.model);
        }
        for embedded in EMBEDDED {
            if id_of(embedded.bytes) == id {
                return self.add(embedded.name, embedded.bytes, Origin::Embedded);
            }
        }
        for path in self.files() {
            // A file that cannot be read is not the one that is looked for.
            let bytes = read(&path).unwrap_or_default();
            if id_of(&bytes) == id {
                let place = path.display().to_string();
                return self.add(&place, &bytes, Origin::File { path });
            }
        }
        Err(Error::UnknownModel {
            id,
            looked: self.places(),
        })
    }

    /// The model that a user means by a path, a name or an id of 16 hexadecimal digits.
    pub fn by_name(&self, name: &str) -> Result<Arc<Model>> {
        let path = Path::new(name);
        if path.is_file() {
            return self.add_file(path);
        }
        if let Some(id) = parse_id(name) {
            return self.by_id(id);
        }
        if let Some(known) = self.find_known(|known| known.model.name() == name) {
            return Ok(known.model);
        }
        if let Some(embedded) = EMBEDDED.iter().find(|embedded| embedded.name == name) {
            return self.add(embedded.name, embedded.bytes, Origin::Embedded);
        }
        let stem = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == name);
        if let Some(path) = self.files().into_iter().find(stem) {
            return self.add_file(&path);
        }
        let models = self
            .files()
            .into_iter()
            .filter_map(|path| self.add_file(&path).ok());
        let found = models.into_iter().find(|model| model.name() == name);
        found.ok_or_else(|| Error::UnknownModelName {
            name: name.to_owned(),
            looked: self.places(),
        })
    }

    /// The embedded model for images of that many colour channels at an effort, if there is one.
    pub fn default_for(&self, channels: usize, effort: Effort) -> Result<Option<Arc<Model>>> {
        let fitting = EMBEDDED
            .iter()
            .find(|embedded| embedded.channels == channels && embedded.efforts.contains(&effort));
        fitting
            .map(|embedded| self.embedded(embedded.name, embedded.bytes))
            .transpose()
    }

    /// All models, and the files of the models directory that are none.
    pub fn list(&self) -> (Vec<ModelEntry>, Vec<Error>) {
        let embedded = EMBEDDED
            .iter()
            .map(|embedded| self.embedded(embedded.name, embedded.bytes));
        let files = self.files().into_iter().map(|path| self.add_file(&path));
        let errors = embedded.chain(files).filter_map(Result::err).collect();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = known.iter().map(|known| ModelEntry {
            model: known.model.clone(),
            origin: known.origin.clone(),
        });
        (entries.collect(), errors)
    }

    /// Where models are looked for, in words.
    pub fn places(&self) -> Vec<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let given = known.iter().filter_map(|known| match &known.origin {
            Origin::File { path } => Some(path.display().to_string()),
            Origin::Embedded | Origin::Memory => None,
        });
        let directory = self
            .directory
            .iter()
            .map(|path| format!("{}/*.onnx", path.display()));
        let embedded = format!("{} embedded models", EMBEDDED.len());
        std::iter::once(embedded)
            .chain(directory)
            .chain(given)
            .collect()
    }

    fn embedded(&self, name: &str, bytes: &[u8]) -> Result<Arc<Model>> {
        let known =
            self.find_known(|known| known.origin == Origin::Embedded && known.model.name() == name);
        match known {
            Some(known) => Ok(known.model),
            None => self.add(name, bytes, Origin::Embedded),
        }
    }

    fn add(&self, place: &str, bytes: &[u8], origin: Origin) -> Result<Arc<Model>> {
        let id = id_of(bytes);
        if let Some(known) = self.find_known(|known| known.id == id) {
            return Ok(known.model);
        }
        let model = Arc::new(Model::from_bytes(place, bytes)?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.push(Known {
            id,
            model: model.clone(),
            origin,
        });
        Ok(model)
    }

    fn find_known(&self, is_it: impl Fn(&Known) -> bool) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|known| is_it(known)).cloned()
    }

    /// The model files of the directory, sorted.
    fn files(&self) -> Vec<PathBuf> {
        let folder = self
            .directory
            .as_ref()
            .and_then(|path| std::fs::read_dir(path).ok());
        let paths = folder
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path());
        let models = paths.filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "onnx")
        });
        let mut files: Vec<PathBuf> = models.take(MAX_FILES).collect();
        files.sort();
        files
    }
}

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

/// A model id from its 16 hexadecimal digits.
pub fn parse_id(text: &str) -> Option<ModelId> {
    let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = digits.then(|| u64::from_str_radix(text, 16).ok())??;
    Some(ModelId(value.to_be_bytes()))
}

/// The bytes of a model file, which may not be larger than models are.
fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > pxc_model::MAX_MODEL_BYTES as u64 {
        return Err(Error::Model {
            place: path.display().to_string(),
            source: pxc_model::Error::Limit {
                what: "bytes of a model file".into(),
                limit: pxc_model::MAX_MODEL_BYTES as u64,
                found: length,
            },
        });
    }
    std::fs::read(path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::EmbeddedModel;

    #[test]
    fn embedded_models_are_what_the_table_says() {
        for embedded in EMBEDDED {
            let model = Model::from_bytes(embedded.name, embedded.bytes).expect("a sound model");
            assert_eq!(model.name(), embedded.name);
            assert_eq!(model.spec().channels(), embedded.channels);
        }
    }

    #[test]
    fn one_embedded_model_for_every_effort() {
        for channels in [1, 3] {
            for effort in [Effort::Fast, Effort::Default, Effort::Max] {
                let fits =
                    |m: &&EmbeddedModel| m.channels == channels && m.efforts.contains(&effort);
                assert_eq!(
                    EMBEDDED.iter().filter(fits).count(),
                    1,
                    "{channels}, {effort:?}"
                );
            }
        }
    }
}
