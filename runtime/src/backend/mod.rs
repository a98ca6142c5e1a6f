//! Opens a model on a backend: a model and options in, a [`Predictor`] out.

pub(crate) mod options;

use pxc_codec::Predictor;

use crate::backend::options::{Backend, BackendOptions};
use crate::error::Result;
use crate::onnxruntime;
use crate::registry::model::Model;
use crate::session::exact_floats::ExactFloats;
use crate::tract;

/// Prepares a model to be evaluated. Plans are built when they are first needed.
///
/// # Errors
/// An error of kind `Backend`, or `Unsupported` for a backend that this build lacks.
pub fn open(model: &Model, options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    let _exact = ExactFloats::begin();
    match options.backend {
        Backend::Auto | Backend::Tract => tract::open(model, options.arithmetic),
        Backend::OnnxRuntime => onnxruntime::open(model, options),
        Backend::Cuda => onnxruntime::open_cuda(model, options),
    }
}
