//! Which inference runtime evaluates a model, and in which of its two equal forms.

use std::path::PathBuf;

use pxc_codec::Predictor;
use pxc_model::ConvForm;

use crate::error::Result;
use crate::model::Model;
use crate::{onnxruntime_backend, tract_backend};

/// An inference runtime. All of them give the same logits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// The default of this build: tract.
    #[default]
    Auto,
    /// tract: pure Rust, nothing to install.
    Tract,
    /// ONNX Runtime on the processor; the library is found when it is first used.
    OnnxRuntime,
    /// ONNX Runtime on an NVIDIA device.
    Cuda,
}

/// Whether layers run on integers or as float32 (`docs/model.md`, *Lowering*). Both give the same integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Arithmetic {
    /// The faster one on this processor.
    #[default]
    Auto,
    /// tract: layers of integers in int8 and int16. ONNX Runtime: `QLinearConv` as it stands.
    Integer,
    /// Everything as float32.
    Float,
}

/// A backend and how it is to run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct BackendOptions {
    /// The inference runtime.
    pub backend: Backend,
    /// How layers run; CUDA always runs float32.
    pub arithmetic: Arithmetic,
    /// How ONNX Runtime on the processor is given convolutions; CUDA always gets matrix products.
    pub conv_form: ConvForm,
    /// The ONNX Runtime library; else `ORT_DYLIB_PATH` and the usual places are searched.
    pub onnxruntime_library: Option<PathBuf>,
}

impl From<Backend> for BackendOptions {
    fn from(backend: Backend) -> Self {
        Self {
            backend,
            ..Self::default()
        }
    }
}

/// Prepares a model to be evaluated. Plans are built when they are first needed.
pub fn open(model: &Model, options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    match options.backend {
        Backend::Auto | Backend::Tract => tract_backend::open(model, options.arithmetic),
        Backend::OnnxRuntime => onnxruntime_backend::open(model, options),
        Backend::Cuda => onnxruntime_backend::open_cuda(model, options),
    }
}
