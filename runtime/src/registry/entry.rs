//! A model in a registry, and where it comes from.

use std::path::PathBuf;
use std::sync::Arc;

use crate::registry::model::Model;

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Embedded in the library.
    Embedded,
    /// A file, in the models directory or added by the application.
    File {
        /// The file's path.
        path: PathBuf,
    },
    /// Added from memory.
    Memory,
}

/// A model and where it comes from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelEntry {
    /// The model.
    pub model: Arc<Model>,
    /// Where it comes from.
    pub origin: Origin,
}
