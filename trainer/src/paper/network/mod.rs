//! One of the paper's networks with its parameters: images in, logits and code lengths out.

pub(crate) mod image_batch;
pub(crate) mod parameters;
mod masks;
pub(crate) mod paper_network;
pub(crate) mod rounding;
mod execution;

pub use image_batch::ImageBatch;
pub use paper_network::PaperNetwork;
pub use parameters::Weights;
pub use rounding::RoundedPaperNetwork;
