//! The errors of the exporter.

use std::path::PathBuf;

/// The result of an exporter function.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong while exporting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The checkpoint cannot be read.
    #[error(transparent)]
    Trainer(#[from] pxc_trainer::Error),
    /// The model is malformed, or is not exact.
    #[error(transparent)]
    Onnx(#[from] pxc_model::Error),
    /// Candle failed.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// The record of the training cannot be written as JSON.
    #[error("training provenance: {0}")]
    Json(#[from] serde_json::Error),
    /// A file cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's message.
        source: std::io::Error,
    },
    /// The two networks of Multi-Scale do not fit together.
    #[error("the coarse network: expected {expected}, found {found}")]
    Coarse {
        /// What the exported network needs.
        expected: String,
        /// What was given.
        found: String,
    },
    /// A layer has no integer form.
    #[error("layer {layer}: expected {expected}, found {found}")]
    Layer {
        /// The layer's name.
        layer: String,
        /// What the integer form needs.
        expected: &'static str,
        /// What the network has.
        found: String,
    },
}
