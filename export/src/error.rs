//! The errors of the exporter.

use std::path::PathBuf;

use pxc_model::ErrorKind;

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
    #[error("the record of the training cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The file exists.
    #[error("{}: already exists (use --force to replace it)", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
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
    /// A model file does not hold a network that can be trained further.
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
    /// tract's ONNX importer refuses the model file.
    #[error("the ONNX importer of tract refuses the model")]
    Importer {
        /// tract's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The model calculates other logits than the trainer's rounded network, or than itself in another reader.
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

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Trainer(source) => source.kind(),
            Error::Onnx(source) => source.kind(),
            Error::Candle(_) | Error::Json(_) | Error::Importer { .. } | Error::Parity { .. } => {
                ErrorKind::Backend
            }
            Error::Exists { .. } | Error::Coarse { .. } => ErrorKind::Argument,
            Error::Layer { .. } | Error::Reading { .. } => ErrorKind::Unsupported,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn sources_are_kept() {
        let refused = pxc_model::ModelFile::from_bytes(b"no model");
        let error = Error::from(refused.expect_err("no model"));
        assert_eq!(error.kind(), ErrorKind::BadData);
        assert_eq!(error.to_string(), "not an ONNX model");
        assert!(error.source().is_some(), "the reader's error");
    }
}
