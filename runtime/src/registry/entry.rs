//! A model in a registry, and where it comes from.

use std::path::PathBuf;
use std::sync::Arc;

use crate::registry::model::Model;

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
    /// Where it comes from.
    pub origin: Origin,
}
