//! wip
mod error;
mod model;
mod network;
mod lanes;
mod staging;
mod backend;
mod tract_backend;
#[cfg(feature = "onnxruntime")]
mod onnxruntime_backend;
#[cfg(not(feature = "onnxruntime"))]
#[path = "onnxruntime_disabled.rs"]
mod onnxruntime_backend;

pub use backend::{Backend, BackendOptions, Int8Layers, open};
pub use error::{Error, ErrorKind, Result};
pub use model::{Model, id_of};
