//! Which inference runtime evaluates a model, and in which of its two equal forms.

use std::path::PathBuf;

use pxc_codec::Predictor;
use pxc_onnx::ConvForm;

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

/// Whether int8 layers are run as such or as their float32 twins (`docs/model.md`, *Lowering*). Both give the same integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Int8Layers {
    /// As int8 where the processor has int8 dot products, else as float32.
    #[default]
    Auto,
    /// As int8.
    Keep,
    /// As float32.
    Lower,
}

impl Int8Layers {
    pub(crate) fn lowered(self) -> bool {
        match self {
            Int8Layers::Auto => !has_dot_products(),
            Int8Layers::Keep => false,
            Int8Layers::Lower => true,
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn has_dot_products() -> bool {
    is_x86_feature_detected!("avx512vnni") || is_x86_feature_detected!("avxvnni")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_dot_products() -> bool {
    false
}

/// A backend and how it is to run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct BackendOptions {
    /// The inference runtime.
    pub backend: Backend,
    /// The form of int8 layers; CUDA always runs float32.
    pub int8_layers: Int8Layers,
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
        Backend::Auto | Backend::Tract => tract_backend::open(model, options.int8_layers),
        Backend::OnnxRuntime => onnxruntime_backend::open(model, options),
        Backend::Cuda => onnxruntime_backend::open_cuda(model, options),
    }
}
