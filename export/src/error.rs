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
    /// A model file is not one of a network that can be trained on.
    #[error(
        "{part}: expected {expected}, found {found}; only models that pxc-export or pxc-train tune made of a photo network can be trained on"
    )]
    Reading {
        /// What cannot be read: a node, or a part of the metadata.
        part: String,
        /// What a photo network has there.
        expected: String,
        /// What was found.
        found: String,
    },
    /// The model does not calculate what the trainer's rounded network does.
    #[error(
        "parity: pixel {pixel}, channel {channel}, symbol {symbol}: expected the logit {expected}, found {found}"
    )]
    Parity {
        /// Which of the pixels that were compared.
        pixel: usize,
        /// The channel.
        channel: usize,
        /// The symbol.
        symbol: usize,
        /// The trainer's logit.
        expected: u8,
        /// The model's value.
        found: f32,
    },
}
