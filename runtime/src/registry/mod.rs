//! Finds models: embedded ones, explicit files, and those of a models directory. Each is read when it is first needed.

pub(crate) mod model;
pub(crate) mod embedded;
pub(crate) mod entry;
pub(crate) mod directory;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pxc_codec::{Effort, ModelId};

use crate::error::{Error, Result};
use crate::process::{PerProcess, copied};
use crate::registry::directory::{ModelDirectory, default_models_directory, read_model};
use crate::registry::embedded::{EMBEDDED, EmbeddedModel};
use crate::registry::entry::{ModelEntry, Origin};
use crate::registry::model::{Model, id_of, parse_id};

/// Names and ids of the embedded models.
pub fn embedded_models() -> Vec<(&'static str, ModelId)> {
    let models = EMBEDDED.iter();
    models
        .map(|model| (model.name, id_of(model.bytes)))
        .collect()
}

/// The models that can be used.
pub struct Registry {
    directory: ModelDirectory,
    /// Models that were read so far, each id once.
    known: PerProcess<Mutex<Vec<ModelEntry>>>,
}

impl Default for Registry {
    /// Finds the embedded models and those of the [default models directory](default_models_directory).
    fn default() -> Self {
        Self::with_directory(default_models_directory())
    }
}

impl Registry {
    /// Finds the embedded models and the `*.onnx` files of a directory, which need not exist.
    pub fn with_directory(directory: Option<PathBuf>) -> Self {
        Self {
            directory: ModelDirectory::new(directory),
            known: PerProcess::default(),
        }
    }

    /// Adds a model file.
    ///
    /// # Errors
    /// An error of kind `Io` when it is not a regular file or cannot be read, `BadData` when it is not a model that pxc
    /// may run.
    pub fn add_file(&self, path: &Path) -> Result<Arc<Model>> {
        let origin = Origin::File {
            path: path.to_owned(),
        };
        self.add(&path.display().to_string(), &read_model(path)?, origin)
    }

    /// Adds a model from the bytes of its file.
    ///
    /// # Errors
    /// An error of kind `BadData` when they are not a model that pxc may run.
    pub fn add_bytes(&self, bytes: &[u8]) -> Result<Arc<Model>> {
        self.add("model", bytes, Origin::Memory)
    }

    /// Finds the model of an id.
    ///
    /// # Errors
    /// [`Error::UnknownModel`], which names the files that could not be read, and `BadData` when the model may not be
    /// run.
    pub fn by_id(&self, id: ModelId) -> Result<Arc<Model>> {
        if let Some(known) = self.find_known(|known| known.model.id() == id) {
            return Ok(known.model);
        }
        let mut embedded = EMBEDDED.iter();
        if let Some(found) = embedded.find(|embedded| id_of(embedded.bytes) == id) {
            return self.embedded(found);
        }
        let (files, mut unreadable) = self.files();
        for path in files {
            match self.directory.id_of(&path) {
                Ok(found) if found == id => {
                    let model = self.add_file(&path)?;
                    // The file may have changed since.
                    if model.id() == id {
                        return Ok(model);
                    }
                }
                Ok(_) => {}
                Err(error) => unreadable.push(error),
            }
        }
        Err(Error::UnknownModel {
            id,
            name: None,
            searched: self.locations(),
            unreadable,
        })
    }

    /// Finds the model that a user means by a path, a name or an id of 16 hexadecimal digits.
    ///
    /// Text is a path only if it has a separator or ends in `.onnx`: a file that happens to have a model's name changes
    /// nothing.
    ///
    /// A name is that of a model that is known already, of an embedded one, of a file in the models directory, or of a
    /// model in such a file, in this order.
    ///
    /// # Errors
    /// The same as [`by_id`](Self::by_id) and [`add_file`](Self::add_file), [`Error::UnknownModelName`], and
    /// [`Error::AmbiguousModelName`].
    pub fn by_name(&self, name: &str) -> Result<Arc<Model>> {
        if is_path(name) && Path::new(name).is_file() {
            return self.add_file(Path::new(name));
        }
        if let Some(id) = parse_id(name) {
            return self.by_id(id);
        }
        let known = self.known().clone().into_iter().map(|known| known.model);
        let known = known.filter(|known| known.name() == name).collect();
        if let Some(found) = the_one(name, known)? {
            return Ok(found);
        }
        if let Some(found) = EMBEDDED.iter().find(|embedded| embedded.name == name) {
            return self.embedded(found);
        }
        self.by_name_in_directory(name)
    }

    /// The embedded model for images with this number of colour channels at an effort; `None` when there is none.
    ///
    /// # Errors
    /// There is none in a correct build: a test proves the embedded models.
    pub fn default_for(&self, channels: usize, effort: Effort) -> Result<Option<Arc<Model>>> {
        let fitting = EMBEDDED
            .iter()
            .find(|embedded| embedded.channels == channels && embedded.efforts.contains(&effort));
        fitting.map(|found| self.embedded(found)).transpose()
    }

    /// All models, and errors for the entries of the models directory that are not models: unreadable files, other
    /// files, and anything else with the name of a model file.
    pub fn list(&self) -> (Vec<ModelEntry>, Vec<Error>) {
        let (files, unreadable) = self.files();
        let embedded = EMBEDDED.iter().map(|embedded| self.embedded(embedded));
        let models = embedded.chain(files.iter().map(|path| self.add_file(path)));
        let errors = models.filter_map(Result::err);
        let errors = unreadable.into_iter().chain(errors).collect();
        (self.known().clone(), errors)
    }

    /// The locations where models are looked for, as text for people.
    fn locations(&self) -> Vec<String> {
        let embedded = format!("{} embedded models", EMBEDDED.len());
        let directory = self.directory.path();
        let directory = directory.map(|path| format!("{}/*.onnx", path.display()));
        let known = self.known();
        let given = known.iter().filter_map(|known| match &known.origin {
            Origin::File { path } => Some(path.display().to_string()),
            Origin::Embedded | Origin::Memory => None,
        });
        let all = std::iter::once(embedded).chain(directory).chain(given);
        all.collect()
    }

    /// The model whose file has the name, else the one whose metadata has it.
    fn by_name_in_directory(&self, name: &str) -> Result<Arc<Model>> {
        let (files, mut unreadable) = self.files();
        let stem = |path: &&PathBuf| path.file_stem().is_some_and(|stem| stem == name);
        if let Some(path) = files.iter().find(stem) {
            return self.add_file(path);
        }
        let mut found: Vec<Arc<Model>> = Vec::new();
        for path in &files {
            match self.add_file(path) {
                // The same model may be in several files.
                Ok(model) if found.iter().any(|found| found.id() == model.id()) => {}
                Ok(model) if model.name() == name => found.push(model),
                Ok(_) => {}
                Err(error) => unreadable.push(error),
            }
        }
        the_one(name, found)?.ok_or_else(|| Error::UnknownModelName {
            name: name.to_owned(),
            searched: self.locations(),
            unreadable,
        })
    }

    /// The model files of the directory, sorted, and why it could not be listed.
    fn files(&self) -> (Vec<PathBuf>, Vec<Error>) {
        match self.directory.files() {
            Ok(files) => (files, Vec::new()),
            Err(error) => (Vec::new(), vec![error]),
        }
    }

    fn embedded(&self, embedded: &EmbeddedModel) -> Result<Arc<Model>> {
        let is_same = |known: &ModelEntry| {
            known.origin == Origin::Embedded && known.model.name() == embedded.name
        };
        match self.find_known(is_same) {
            Some(known) => Ok(known.model),
            None => self.add(embedded.name, embedded.bytes, Origin::Embedded),
        }
    }

    /// Proves a model, unless it is known, and keeps it. `name` stands for it in errors.
    fn add(&self, name: &str, bytes: &[u8], origin: Origin) -> Result<Arc<Model>> {
        let id = id_of(bytes);
        let is_same = |known: &ModelEntry| known.model.id() == id;
        if let Some(known) = self.find_known(is_same) {
            return Ok(known.model);
        }
        let model = Arc::new(Model::from_bytes(name, bytes)?);
        let mut known = self.known();
        // Another thread may have been faster.
        if let Some(known) = known.iter().find(|known| is_same(known)) {
            return Ok(known.model.clone());
        }
        known.push(ModelEntry {
            model: model.clone(),
            origin,
        });
        Ok(model)
    }

    fn find_known(&self, matches: impl Fn(&ModelEntry) -> bool) -> Option<ModelEntry> {
        self.known().iter().find(|known| matches(known)).cloned()
    }

    fn known(&self) -> MutexGuard<'_, Vec<ModelEntry>> {
        let known = self.known.get(copied);
        known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a user means a file, and not the name of a model.
pub fn is_path(name: &str) -> bool {
    name.ends_with(".onnx") || name.contains(std::path::is_separator)
}

/// The only model that has a name.
fn the_one(name: &str, found: Vec<Arc<Model>>) -> Result<Option<Arc<Model>>> {
    match &found[..] {
        [] | [_] => Ok(found.into_iter().next()),
        _ => Err(Error::AmbiguousModelName {
            name: name.to_owned(),
            ids: found.iter().map(|model| model.id()).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let kinds = [
            (1, cfg!(feature = "models-gray")),
            (3, cfg!(feature = "models-rgb")),
        ];
        for (channels, is_embedded) in kinds {
            for effort in [Effort::Fast, Effort::Default, Effort::Max] {
                let fits =
                    |m: &&EmbeddedModel| m.channels == channels && m.efforts.contains(&effort);
                assert_eq!(
                    EMBEDDED.iter().filter(fits).count(),
                    usize::from(is_embedded),
                    "{channels}, {effort:?}"
                );
            }
        }
    }
}
