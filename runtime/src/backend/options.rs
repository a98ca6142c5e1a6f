//! Which inference runtime evaluates a model, and in which of two equivalent forms.

use std::path::PathBuf;

use pxc_model::ConvForm;

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
    /// tract: layers of integers in int8 and int16. ONNX Runtime: `QLinearConv` as in the model.
    Integer,
    /// Everything as float32.
    Float,
}

/// A backend and its settings.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct BackendOptions {
    /// The inference runtime.
    pub backend: Backend,
    /// How layers run; CUDA always runs float32.
    pub arithmetic: Arithmetic,
    /// The form in which ONNX Runtime gets convolutions on the processor; CUDA always gets matrix products.
    pub conv_form: ConvForm,
    /// The ONNX Runtime library; `None` searches `ORT_DYLIB_PATH` and the usual places.
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

impl BackendOptions {
    /// Runs layers on integers or as float32.
    pub fn with_arithmetic(self, arithmetic: Arithmetic) -> Self {
        Self { arithmetic, ..self }
    }

    /// Gives ONNX Runtime convolutions in this form.
    pub fn with_conv_form(self, conv_form: ConvForm) -> Self {
        Self { conv_form, ..self }
    }

    /// Loads ONNX Runtime from a file.
    pub fn with_onnxruntime_library(self, path: impl Into<PathBuf>) -> Self {
        let onnxruntime_library = Some(path.into());
        Self {
            onnxruntime_library,
            ..self
        }
    }
}
