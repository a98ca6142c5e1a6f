//! Prepares models for ONNX Runtime, on the processor or on an NVIDIA device.

use pxc_codec::Predictor;

use crate::backend::options::{Arithmetic, BackendOptions};
use crate::error::{Error, Result};
use crate::onnxruntime::evaluator::{Device, OnnxRuntime, SubgraphFile};
use crate::onnxruntime::library;
use crate::registry::model::Model;
use crate::session::network::Network;
use crate::session::predictor::StagedPredictor;

/// Prepares a model for ONNX Runtime on the processor.
pub(crate) fn open(model: &Model, options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    open_on(Device::Processor, model, options)
}

/// Prepares a model for ONNX Runtime on an NVIDIA device, always in float32.
pub(crate) fn open_cuda(model: &Model, options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    if !cfg!(feature = "cuda") {
        return Err(Error::NotInThisBuild {
            what: "CUDA backend",
            feature: "cuda",
        });
    }
    let options = BackendOptions {
        arithmetic: Arithmetic::Float,
        ..options.clone()
    };
    open_on(Device::Cuda, model, &options)
}

/// Whether the processor has dot products of 8-bit integers. Without them ONNX Runtime runs `QLinearConv` more slowly
/// than float32.
fn has_int8_dot_products() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512vnni") || is_x86_feature_detected!("avxvnni");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

fn open_on(device: Device, model: &Model, options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    let environment = library::environment(options.onnxruntime_library.as_deref())?;
    let lower = match options.arithmetic {
        Arithmetic::Auto => !has_int8_dot_products(),
        Arithmetic::Integer => false,
        Arithmetic::Float => true,
    };
    let network = Network::new(model, lower)?;
    let form = device.conv_form(options.conv_form);
    let files = network.subgraphs.iter();
    let files = files.map(|subgraph| SubgraphFile::new(&subgraph.graph, form));
    // Fails here, rather than at the first pixel, when the device or the library cannot run the model.
    let evaluator = OnnxRuntime::new(environment, device, files.collect())?;
    let coarse = model.coarse();
    let coarse = coarse.map(|coarse| open_on(device, coarse, options));
    Ok(Box::new(StagedPredictor::new(
        model,
        network,
        evaluator,
        coarse.transpose()?,
    )))
}
