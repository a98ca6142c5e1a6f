//! The errors of the trainer. They name the file or tensor, what was expected and what was found.

use std::path::PathBuf;

use image::ImageError;
use pxc_codec::ErrorKind;

/// An error of a library below this crate.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// The result of a trainer function.
pub type Result<T> = std::result::Result<T, Error>;

/// The errors of training and of loading a checkpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{}: cannot be written", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: not a valid {form}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should be.
        form: &'static str,
        /// The reader's error.
        source: Source,
    },
    /// An image cannot be decoded.
    #[error("{}: cannot be decoded", path.display())]
    Image {
        /// The image file.
        path: PathBuf,
        /// The decoder's error.
        source: ImageError,
    },
    /// A directory holds no image that is large enough.
    #[error("{}: expected PNG or WebP images of at least {minimum}x{minimum} pixels, found none", path.display())]
    NoImages {
        /// The directory.
        path: PathBuf,
        /// The smallest usable side in pixels.
        minimum: usize,
    },
    /// A path holds no images of a known kind.
    #[error("{}: expected MNIST or CIFAR-10 files, sheets or images, found none", path.display())]
    NoImageSet {
        /// The path.
        path: PathBuf,
    },
    /// A file's images do not fit the network.
    #[error("{}: expected {expected}, found {found}", path.display())]
    ImageSet {
        /// The file.
        path: PathBuf,
        /// What the network needs.
        expected: String,
        /// What the file holds.
        found: String,
    },
    /// A checkpoint is of another version of pxc-train.
    #[error("{}: version: expected {expected}, found {found}: this file is of another version of pxc-train", path.display())]
    Version {
        /// The checkpoint's configuration file.
        path: PathBuf,
        /// The version that this build reads.
        expected: u64,
        /// What the file says.
        found: String,
    },
    /// A checkpoint lacks a tensor, or has it in another shape or with other elements.
    #[error("{}: tensor {tensor}: expected {expected}, found {found}", path.display())]
    Tensor {
        /// The safetensors file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// Element type and shape that the network needs.
        expected: String,
        /// Element type and shape in the file, or "none".
        found: String,
    },
    /// A checkpoint was made with another configuration.
    #[error("{}: {field}: expected {expected}, found {found}; use another --out directory to start a new run", path.display())]
    Configuration {
        /// The checkpoint's configuration file.
        path: PathBuf,
        /// Which part differs.
        field: &'static str,
        /// The configuration of this run.
        expected: String,
        /// What the checkpoint says.
        found: String,
    },
    /// A checkpoint is of a network that the command does not work with.
    #[error("{}: expected a checkpoint of {expected}, found {found}", path.display())]
    OtherNetwork {
        /// The checkpoint's directory.
        path: PathBuf,
        /// What the command works with.
        expected: &'static str,
        /// What the checkpoint holds.
        found: &'static str,
    },
    /// An argument cannot work.
    #[error("{argument}: {reason}")]
    Argument {
        /// The argument's name.
        argument: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The loss is no longer a finite number.
    #[error("step {step}: the loss is {loss}; lower --learning-rate and resume")]
    Diverged {
        /// The training step.
        step: usize,
        /// The loss found.
        loss: f32,
    },
    /// A plot, or a sheet of images, cannot be drawn.
    #[error("{}: cannot be drawn", path.display())]
    Plot {
        /// The image file.
        path: PathBuf,
        /// The error of the library that draws.
        source: Source,
    },
    /// Candle failed.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::NoImages { .. }
            | Error::NoImageSet { .. }
            | Error::Configuration { .. }
            | Error::OtherNetwork { .. }
            | Error::Argument { .. } => ErrorKind::Argument,
            Error::ImageSet { .. } | Error::Damaged { .. } | Error::Tensor { .. } => {
                ErrorKind::BadData
            }
            Error::Version { .. } => ErrorKind::Unsupported,
            Error::Image { source, .. } => match source {
                ImageError::IoError(_) => ErrorKind::Io,
                ImageError::Limits(_) => ErrorKind::Limit,
                ImageError::Unsupported(_) => ErrorKind::Unsupported,
                _ => ErrorKind::BadData,
            },
            Error::Diverged { .. } | Error::Candle(_) => ErrorKind::Backend,
            Error::Read { .. } | Error::Write { .. } | Error::Plot { .. } => ErrorKind::Io,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::training::checkpoint::read_config;

    #[test]
    fn readers_errors_are_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let read = || read_config::<u32>(directory.path()).expect_err("no checkpoint");
        let error = read();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(
            error
                .source()
                .is_some_and(|source| source.is::<std::io::Error>())
        );
        std::fs::write(directory.path().join("config.json"), "{").expect("a file");
        let error = read();
        assert_eq!(error.kind(), ErrorKind::BadData);
        assert!(
            error
                .source()
                .is_some_and(|source| source.is::<serde_json::Error>())
        );
    }
}
