//! The errors of the command.

use std::path::PathBuf;

use pxc_trainer::ErrorKind;

/// The result of a command.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Training failed.
    #[error(transparent)]
    Trainer(#[from] pxc_trainer::Error),
    /// The network has no exact integer form, or another one than the model.
    #[error(transparent)]
    Export(#[from] pxc_export::Error),
    /// A model was not found, or an image could not be compressed.
    #[error(transparent)]
    Runtime(#[from] pxc_runtime::Error),
    /// A model is not exact.
    #[error(transparent)]
    Model(#[from] pxc_model::Error),
    /// An image could not be written.
    #[error(transparent)]
    Picture(#[from] pxc_picture::Error),
    /// A file or folder could not be read or written.
    #[error("{}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's message.
        source: std::io::Error,
    },
    /// There is nothing to learn from.
    #[error("expected 8-bit gray or RGB images of at least {least} pixels together, found {found}")]
    TooFewImages {
        /// The fewest pixels to learn from.
        least: usize,
        /// What was found.
        found: String,
    },
    /// The images are not of the kind that the model codes.
    #[error("--from {from}: the model codes {found} images, but most of yours are {expected}")]
    Kind {
        /// The model.
        from: String,
        /// The kind of the images.
        expected: &'static str,
        /// The kind that the model codes.
        found: &'static str,
    },
    /// The model would not make files smaller.
    #[error(
        "{name} does not make your images smaller than {stock} does, so nothing was written (--keep writes it anyway)"
    )]
    NotSmaller {
        /// The new model.
        name: String,
        /// The built-in one.
        stock: String,
    },
    /// The user stopped a run, which left a checkpoint.
    #[error("stopped; the same command resumes from {}", checkpoint.display())]
    Interrupted {
        /// The checkpoint.
        checkpoint: PathBuf,
    },
    /// The user stopped the training before the first measurement.
    #[error("stopped before the first measurement; nothing was written")]
    Stopped,
}

impl Error {
    /// What kind of failure this is.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Error::Trainer(error) => error.kind(),
            Error::Export(error) => error.kind(),
            Error::Runtime(error) => error.kind(),
            Error::Model(error) => error.kind(),
            Error::Picture(error) => error.kind(),
            Error::Io { .. } => ErrorKind::Io,
            Error::Stopped | Error::Interrupted { .. } => ErrorKind::Cancelled,
            Error::TooFewImages { .. } | Error::Kind { .. } | Error::NotSmaller { .. } => {
                ErrorKind::Argument
            }
        }
    }
}
