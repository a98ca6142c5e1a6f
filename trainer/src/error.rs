//! The errors of the trainer. They name the file or tensor, what was expected and what was found.

use std::path::PathBuf;

/// The result of a trainer function.
pub type Result<T> = std::result::Result<T, Error>;

/// The errors of training and of loading a checkpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's message.
        source: std::io::Error,
    },
    /// An image could not be decoded.
    #[error("{}: {source}", path.display())]
    Image {
        /// The image file.
        path: PathBuf,
        /// The decoder's message.
        source: image::ImageError,
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
    /// A JSON file of a checkpoint does not parse.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The parser's message.
        source: serde_json::Error,
    },
    /// A checkpoint lacks a tensor, or has it in another shape.
    #[error("{}: tensor {tensor}: expected shape {expected:?}, found {found}", path.display())]
    Tensor {
        /// The safetensors file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// The shape that the network has.
        expected: Vec<usize>,
        /// The shape in the file, or "none".
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
        /// What the checkpoint is of.
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
    /// The loss is not a finite number any more.
    #[error("step {step}: the loss is {loss}; lower --learning-rate and resume")]
    Diverged {
        /// The training step.
        step: usize,
        /// The loss found.
        loss: f32,
    },
    /// A plot could not be drawn.
    #[error("{}: {message}", path.display())]
    Plot {
        /// The image file.
        path: PathBuf,
        /// The plotting library's message.
        message: String,
    },
    /// Candle failed.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}
