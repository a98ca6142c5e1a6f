//! Replaces the ONNX Runtime backend in builds without the feature `onnxruntime`.

use pxc_codec::Predictor;

use crate::backend::options::BackendOptions;
use crate::error::{Error, Result};
use crate::registry::model::Model;

/// Returns the error that this build lacks ONNX Runtime.
pub(crate) fn open(_model: &Model, _options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    Err(Error::NotInThisBuild {
        what: "ONNX Runtime backend",
        feature: "onnxruntime",
    })
}

/// Returns the error that this build lacks CUDA.
pub(crate) fn open_cuda(_model: &Model, _options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    Err(Error::NotInThisBuild {
        what: "CUDA backend",
        feature: "cuda",
    })
}
