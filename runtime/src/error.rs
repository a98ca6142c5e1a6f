//! The errors of the runtime: what is affected, what was found, what to do.

use std::path::PathBuf;

use pxc_codec::{ErrorKind, ModelId, PredictorError, SampleFormat, full_message};

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of a library below this crate, of whatever type.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

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
    #[error("{name}: not a model that pxc may run")]
    Model {
        /// The model's file or name.
        name: String,
        /// The rule that it breaks.
        source: pxc_model::Error,
    },
    /// No model of that id is known.
    #[error("model {}{id} was not found; looked in {}{}", Named(.name), .searched.join(", "), Unreadable(.unreadable))]
    UnknownModel {
        /// The id that a file asks for.
        id: ModelId,
        /// The model's name, if the file stores it.
        name: Option<String>,
        /// The locations that were searched.
        searched: Vec<String>,
        /// Files in these locations that could not be read. One of them may be the model.
        unreadable: Vec<Error>,
    },
    /// No model of that name is known.
    #[error("no model is named {name:?}; looked in {}{}", .searched.join(", "), Unreadable(.unreadable))]
    UnknownModelName {
        /// The name, id or path that was asked for.
        name: String,
        /// The locations that were searched.
        searched: Vec<String>,
        /// Files in these locations that could not be read, or are not models.
        unreadable: Vec<Error>,
    },
    /// Several models have that name.
    #[error("{} models are called {name}: choose one by its id ({})", .ids.len(), Ids(.ids))]
    AmbiguousModelName {
        /// The name that was asked for.
        name: String,
        /// The ids of the models.
        ids: Vec<ModelId>,
    },
    /// A model codes a different number of channels than the image has.
    #[error("model {name} codes {found} channels, but the image has {expected}")]
    ModelChannels {
        /// The model's name.
        name: String,
        /// Colour channels of the image.
        expected: usize,
        /// Channels of the model.
        found: usize,
    },
    /// A model codes another kind of image.
    #[error("model {name} codes {expected} images, but this one is {found}")]
    ModelFormat {
        /// The model's name.
        name: String,
        /// The kind that it codes.
        expected: SampleFormat,
        /// The kind of the image.
        found: SampleFormat,
    },
    /// The JPEG file that a `.pxc` file holds cannot be restored or decoded.
    #[cfg(feature = "jpeg")]
    #[error(transparent)]
    Jpeg {
        /// Why not.
        source: pxc_jpeg::Error,
    },
    /// The file that a `.pxc` file was made from cannot be rebuilt.
    #[cfg(feature = "exact")]
    #[error("the file cannot be rebuilt")]
    Exact {
        /// Why not.
        source: pxc_picture::Error,
    },
    /// An image file cannot be read, or not be kept.
    #[cfg(feature = "exact")]
    #[error(transparent)]
    Picture {
        /// Why not.
        source: pxc_picture::Error,
    },
    /// A `.pxc` file would lack parts of an image file.
    #[cfg(feature = "exact")]
    #[error("the file cannot be kept byte for byte, and its pixels and metadata lack: {}", .names.join(", "))]
    Loss {
        /// The parts.
        names: Vec<String>,
    },
    /// A PNG file whose encoder pxc does not know.
    #[cfg(feature = "exact")]
    #[error(
        "the file cannot be rebuilt in this process: its encoder is unusual (use the command pxc decompress)"
    )]
    UnknownEncoder,
    /// The inference runtime failed.
    #[error("{backend} failed")]
    Backend {
        /// The backend's name.
        backend: &'static str,
        /// The backend's own error.
        source: Source,
    },
    /// The inference runtime calculates other values than the portable reference. Nobody could read its files.
    #[error(
        "{backend}: self-test of model {model} failed in {place}: expected {expected}, found {found}; files of this backend could not be read elsewhere: choose another backend"
    )]
    SelfTest {
        /// The backend's name and version.
        backend: String,
        /// The model's name.
        model: String,
        /// Stage, node, channel and lane.
        place: String,
        /// What the reference calculates.
        expected: f32,
        /// What the backend calculates.
        found: f32,
    },
    /// The process was forked while another thread of its parent was preparing a backend, so the child has only a part
    /// of the backend's state.
    #[error(
        "{backend}: this process was forked while its parent was preparing the backend: fork earlier, or after the first image, or start a new process"
    )]
    Forked {
        /// The backend's name.
        backend: String,
    },
    /// This build lacks a backend, or the decoder of JPEG files.
    #[error("this build has no {what}: build with the feature `{feature}`")]
    NotInThisBuild {
        /// What it lacks.
        what: &'static str,
        /// The Cargo feature that adds it.
        feature: &'static str,
    },
    /// The ONNX Runtime library cannot be loaded.
    #[error("ONNX Runtime cannot be loaded (looked in {})", .searched.join(", "))]
    OnnxRuntimeLibrary {
        /// What is wrong.
        source: Source,
        /// The files or directories that were searched, in order.
        searched: Vec<String>,
    },
    /// An environment variable asks the inference runtime for inexact arithmetic.
    #[error(
        "environment variable {variable} is set: it makes inference inexact, and nobody could read the files: unset it"
    )]
    InexactArithmetic {
        /// The variable.
        variable: &'static str,
    },
    /// A file cannot be read.
    #[error("{}: cannot be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A directory, a pipe or a device has the name of a model file.
    #[error("{}: expected a regular file, found {found}", .path.display())]
    NotAFile {
        /// Its path.
        path: PathBuf,
        /// What was found there.
        found: &'static str,
    },
}

impl Error {
    /// The codec's error, if this error only wraps one: for example which limit was exceeded, what it allows, and what
    /// is needed.
    pub fn codec_error(&self) -> Option<&pxc_codec::Error> {
        match self {
            Error::Codec { source } => Some(source),
            #[cfg(feature = "exact")]
            Error::Exact {
                source: pxc_picture::Error::Limit { source },
            }
            | Error::Picture {
                source: pxc_picture::Error::Limit { source },
            } => Some(source),
            _ => None,
        }
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Codec { source } => source.kind(),
            #[cfg(feature = "jpeg")]
            Error::Jpeg { source } => source.kind(),
            #[cfg(feature = "exact")]
            Error::Exact { source } | Error::Picture { source } => source.kind(),
            #[cfg(feature = "exact")]
            Error::UnknownEncoder | Error::Loss { .. } => ErrorKind::Unsupported,
            Error::Model { source, .. } => source.kind(),
            Error::UnknownModel { .. } | Error::UnknownModelName { .. } => ErrorKind::MissingModel,
            Error::AmbiguousModelName { .. } => ErrorKind::Argument,
            Error::ModelChannels { .. }
            | Error::ModelFormat { .. }
            | Error::NotInThisBuild { .. } => ErrorKind::Unsupported,
            Error::Backend { .. }
            | Error::SelfTest { .. }
            | Error::Forked { .. }
            | Error::OnnxRuntimeLibrary { .. }
            | Error::InexactArithmetic { .. } => ErrorKind::Backend,
            Error::Read { .. } | Error::NotAFile { .. } => ErrorKind::Io,
        }
    }

    #[cfg(feature = "exact")]
    pub(crate) fn picture(source: pxc_picture::Error) -> Error {
        Error::Picture { source }
    }

    pub(crate) fn backend(backend: &'static str, source: impl Into<Source>) -> Error {
        Error::Backend {
            backend,
            source: source.into(),
        }
    }
}

#[cfg(feature = "jpeg")]
impl From<pxc_jpeg::Error> for Error {
    fn from(error: pxc_jpeg::Error) -> Error {
        match error {
            pxc_jpeg::Error::Codec { source } => Error::Codec { source },
            source => Error::Jpeg { source },
        }
    }
}

#[cfg(feature = "exact")]
impl From<pxc_picture::Error> for Error {
    fn from(source: pxc_picture::Error) -> Error {
        Error::Exact { source }
    }
}

impl From<Error> for PredictorError {
    fn from(error: Error) -> Self {
        PredictorError::new(error)
    }
}

/// Displays ids, separated by commas.
struct Ids<'a>(&'a [ModelId]);

impl std::fmt::Display for Ids<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids: Vec<String> = self.0.iter().map(ModelId::to_string).collect();
        f.write_str(&ids.join(", "))
    }
}

/// Displays the name of a model before its id, if it is known.
struct Named<'a>(&'a Option<String>);

impl std::fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut name = self.0.iter();
        name.try_for_each(|name| write!(f, "{name}, "))
    }
}

/// Displays the end of a message: the files that could not be read.
struct Unreadable<'a>(&'a [Error]);

impl std::fmt::Display for Unreadable<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let intros = std::iter::once("; could not use ").chain(std::iter::repeat(", "));
        let mut files = intros.zip(self.0);
        files.try_for_each(|(intro, error)| write!(f, "{intro}{}", full_message(error)))
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn sources_are_kept() {
        let refused = crate::Model::from_bytes("mine", b"no model");
        let error = refused.expect_err("no model");
        assert_eq!(error.kind(), ErrorKind::BadData);
        let rule = error.source().expect("a rule");
        assert!(matches!(
            rule.downcast_ref(),
            Some(pxc_model::Error::NotOnnx { .. })
        ));
        assert!(rule.source().is_some(), "the reader's error");
        let said = "mine: not a model that pxc may run: not an ONNX model: ";
        assert!(full_message(&error).starts_with(said));

        let error = Error::backend("a backend", std::io::Error::other("no memory"));
        let source = error.source().expect("the backend's error");
        assert!(source.is::<std::io::Error>());
        assert_eq!(full_message(&error), "a backend failed: no memory");
    }
}
