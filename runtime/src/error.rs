//! Why the runtime cannot do what it was asked to do.

use std::path::PathBuf;

use pxc_codec::{ErrorKind, ModelId, PredictorError, SampleFormat};

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can fail in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The codec refuses an image or a file.
    #[error(transparent)]
    Codec {
        /// The codec's error.
        #[from]
        source: pxc_codec::Error,
    },
    /// A file is not a model that pxc may run.
    #[error("{place}: {source}")]
    Model {
        /// The model's file or name.
        place: String,
        /// The rule that it breaks.
        source: pxc_model::Error,
    },
    /// No model of that id is known.
    #[error("model {id} is not here; looked in {}", .looked.join(", "))]
    UnknownModel {
        /// The id that a file asks for.
        id: ModelId,
        /// The places that were searched.
        looked: Vec<String>,
    },
    /// No model of that name is known.
    #[error("no model is named {name:?}; looked in {}", .looked.join(", "))]
    UnknownModelName {
        /// The name, id or path that was asked for.
        name: String,
        /// The places that were searched.
        looked: Vec<String>,
    },
    /// A model codes other channels than the image has.
    #[error("model {name} codes {found} channels, the image has {expected}")]
    ModelChannels {
        /// The model's name.
        name: String,
        /// Colour channels of the image.
        expected: usize,
        /// Channels of the model.
        found: usize,
    },
    /// A model codes another kind of image.
    #[error("model {name} codes {expected} images, this one is {found}")]
    ModelFormat {
        /// The model's name.
        name: String,
        /// The kind that it codes.
        expected: SampleFormat,
        /// The kind of the image.
        found: SampleFormat,
    },
    /// The inference runtime failed.
    #[error("{backend}: {message}")]
    Backend {
        /// The backend's name.
        backend: &'static str,
        /// Its own words.
        message: String,
    },
    /// This build lacks a backend.
    #[error("this build has no {backend} backend: build with the feature `{feature}`")]
    NotInThisBuild {
        /// The backend's name.
        backend: &'static str,
        /// The Cargo feature that adds it.
        feature: &'static str,
    },
    /// The ONNX Runtime library cannot be loaded.
    #[error("ONNX Runtime: {message}; looked in {}", .looked.join(", "))]
    OnnxRuntimeLibrary {
        /// What is wrong.
        message: String,
        /// The places that were searched, in order.
        looked: Vec<String>,
    },
    /// An environment variable asks the inference runtime for inexact arithmetic.
    #[error(
        "environment variable {variable} is set: it makes inference inexact, and files made so cannot be read"
    )]
    InexactArithmetic {
        /// The variable.
        variable: &'static str,
    },
    /// A file cannot be read.
    #[error("{}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Codec { source } => source.kind(),
            Error::Model { .. } => ErrorKind::BadData,
            Error::UnknownModel { .. } | Error::UnknownModelName { .. } => ErrorKind::MissingModel,
            Error::ModelChannels { .. }
            | Error::ModelFormat { .. }
            | Error::NotInThisBuild { .. } => ErrorKind::Unsupported,
            Error::Backend { .. }
            | Error::OnnxRuntimeLibrary { .. }
            | Error::InexactArithmetic { .. } => ErrorKind::Backend,
            Error::Read { .. } => ErrorKind::Io,
        }
    }
}

impl From<Error> for PredictorError {
    fn from(error: Error) -> Self {
        PredictorError {
            message: error.to_string(),
        }
    }
}
