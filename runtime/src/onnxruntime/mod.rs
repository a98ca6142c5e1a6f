//! Evaluates models with ONNX Runtime, in builds that have the feature `onnxruntime`.

#[cfg(feature = "onnxruntime")]
mod library;
#[cfg(feature = "onnxruntime")]
mod evaluator;
#[cfg(feature = "onnxruntime")]
mod enabled;
#[cfg(not(feature = "onnxruntime"))]
mod disabled;

#[cfg(not(feature = "onnxruntime"))]
pub(crate) use disabled::{open, open_cuda};
#[cfg(feature = "onnxruntime")]
pub(crate) use enabled::{open, open_cuda};
