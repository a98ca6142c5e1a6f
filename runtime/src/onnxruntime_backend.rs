//! Evaluates a model's parts with ONNX Runtime, on the processor or on an NVIDIA device.
//!
//! `ort` runs a session from one thread at a time, so every session of the codec has its own; they are kept for the
//! next one. The number of lanes is free; runs have at most 256, which keeps tensors in the cache.

use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor};
use prost::Message;
use pxc_codec::{Predictor, PredictorError};
use pxc_model::{ConvForm, Lanes};

use crate::backend::{Arithmetic, BackendOptions};
use crate::error::{Error, Result};
use crate::lanes::Sizes;
use crate::model::Model;
use crate::model_parts::{Network, Part};
use crate::onnxruntime_library;
use crate::staging::{Evaluator, StagedPredictor};

const MAX_LANES: usize = 256;

type Outcome<T> = std::result::Result<T, PredictorError>;

/// Where ONNX Runtime computes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Device {
    Processor,
    Cuda,
}

impl Device {
    fn name(self) -> &'static str {
        match self {
            Device::Processor => "ONNX Runtime",
            Device::Cuda => "ONNX Runtime (CUDA)",
        }
    }

    /// CUDA's convolutions may choose a transform that is not exact; its matrix products are sums.
    fn conv_form(self, options: &BackendOptions) -> ConvForm {
        match self {
            Device::Processor => options.conv_form,
            Device::Cuda => ConvForm::MatMul,
        }
    }
}

/// Prepares a model for ONNX Runtime on the processor.
pub(crate) fn open(model: &Model, options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    open_on(Device::Processor, model, options)
}

/// Prepares a model for ONNX Runtime on an NVIDIA device, always in float32.
pub(crate) fn open_cuda(model: &Model, options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    if !cfg!(feature = "cuda") {
        return Err(Error::NotInThisBuild {
            backend: "CUDA",
            feature: "cuda",
        });
    }
    let options = BackendOptions {
        arithmetic: Arithmetic::Float,
        ..options.clone()
    };
    open_on(Device::Cuda, model, &options)
}

/// Without them ONNX Runtime runs `QLinearConv` more slowly than float32.
fn has_int8_dot_products() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512vnni") || is_x86_feature_detected!("avxvnni");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

fn open_on(device: Device, model: &Model, options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    let environment = onnxruntime_library::environment(options.onnxruntime_library.as_deref())?;
    let lower = match options.arithmetic {
        Arithmetic::Auto => !has_int8_dot_products(),
        Arithmetic::Integer => false,
        Arithmetic::Float => true,
    };
    let network = Network::new(model, lower)?;
    let form = device.conv_form(options);
    let graphs = network.parts.iter().map(|part| graph_of(part, form));
    let evaluator = OnnxRuntime {
        environment,
        device,
        graphs: graphs.collect(),
        idle: Arc::new(Mutex::new(Vec::new())),
    };
    // Fails here, rather than at the first pixel, when the device or the library cannot run the model.
    let runner = evaluator
        .new_sessions(Some(0))
        .map_err(|error| Error::Backend {
            backend: device.name(),
            message: error.message,
        })?;
    evaluator.put_back(runner);
    let small = model.small();
    let small = small.map(|small| open_on(device, small, options));
    Ok(Box::new(StagedPredictor {
        id: model.id(),
        spec: model.spec().clone(),
        evaluator,
        network,
        small: small.transpose()?,
    }))
}

/// A part's graph as the bytes of a file, and the names of its outputs.
struct PartGraph {
    bytes: Vec<u8>,
    outputs: Vec<String>,
}

fn graph_of(part: &Part, form: ConvForm) -> PartGraph {
    let outputs = part.graph.outputs().iter();
    PartGraph {
        bytes: part
            .graph
            .to_model_proto(Lanes::Symbolic, form)
            .encode_to_vec(),
        outputs: outputs
            .map(|&id| part.graph.tensor(id).name.clone())
            .collect(),
    }
}

struct OnnxRuntime {
    environment: Environment,
    device: Device,
    graphs: Vec<PartGraph>,
    idle: Pool,
}

/// One ONNX Runtime session per part, made when first needed.
type PartSessions = Vec<Option<Session>>;
type Pool = Arc<Mutex<Vec<PartSessions>>>;

/// The ONNX Runtime sessions that one codec session works with; they return to the pool.
struct Runner {
    sessions: PartSessions,
    pool: Pool,
}

impl Drop for Runner {
    fn drop(&mut self) {
        let sessions = std::mem::take(&mut self.sessions);
        self.pool
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sessions);
    }
}

impl OnnxRuntime {
    /// Sessions for a runner, of which `first` is made at once.
    fn new_sessions(&self, first: Option<usize>) -> Outcome<PartSessions> {
        let mut sessions: PartSessions = self.graphs.iter().map(|_| None).collect();
        if let Some(part) = first {
            sessions[part] = Some(self.session(part)?);
        }
        Ok(sessions)
    }

    fn put_back(&self, sessions: PartSessions) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sessions);
    }

    fn session(&self, part: usize) -> Outcome<Session> {
        let builder = Session::builder(&self.environment).map_err(failed)?;
        let mut builder = self.on_device(configure(builder)?)?;
        builder
            .commit_from_memory(&self.graphs[part].bytes)
            .map_err(failed)
    }

    #[cfg(feature = "cuda")]
    fn on_device(&self, builder: SessionBuilder) -> Outcome<SessionBuilder> {
        if self.device == Device::Processor {
            return Ok(builder);
        }
        let cuda = ort::ep::CUDA::default()
            .with_tf32(false)
            .build()
            .error_on_failure();
        builder.with_execution_providers([cuda]).map_err(failed)
    }

    #[cfg(not(feature = "cuda"))]
    fn on_device(&self, builder: SessionBuilder) -> Outcome<SessionBuilder> {
        match self.device {
            Device::Processor => Ok(builder),
            Device::Cuda => Err(failed("this build lacks CUDA")),
        }
    }
}

/// One thread, no waiting in loops, the same operations in the same order every time.
#[allow(
    clippy::result_large_err,
    reason = "ort's error gives the builder back"
)]
fn configure(builder: SessionBuilder) -> Outcome<SessionBuilder> {
    builder
        .with_optimization_level(GraphOptimizationLevel::All)
        .and_then(|builder| builder.with_intra_threads(1))
        .and_then(|builder| builder.with_inter_threads(1))
        .and_then(|builder| builder.with_intra_op_spinning(false))
        .and_then(|builder| builder.with_inter_op_spinning(false))
        .and_then(|builder| builder.with_deterministic_compute(true))
        .map_err(failed)
}

impl Evaluator for OnnxRuntime {
    type Value = DynValue;
    type Runner = Runner;

    fn runner(&self) -> Outcome<Runner> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Ok(Runner {
            sessions: match idle {
                Some(sessions) => sessions,
                None => self.new_sessions(None)?,
            },
            pool: self.idle.clone(),
        })
    }

    fn sizes(&self, _part: usize) -> Sizes {
        Sizes::UpTo(MAX_LANES)
    }

    fn is_planned(&self, _part: usize, _lanes: usize) -> bool {
        true
    }

    fn input(
        &self,
        spare: Option<DynValue>,
        channels: usize,
        lanes: usize,
        fill: impl FnOnce(&mut [f32]),
    ) -> Outcome<DynValue> {
        let shape = [1, channels as i64, lanes as i64];
        if let Some(mut value) = spare.filter(|value| value.shape()[..] == shape) {
            let (_, values) = value.try_extract_tensor_mut::<f32>().map_err(failed)?;
            fill(values);
            return Ok(value);
        }
        let mut values = vec![0.0; channels * lanes];
        fill(&mut values);
        let tensor = Tensor::from_array((shape, values)).map_err(failed)?;
        Ok(tensor.into_dyn())
    }

    fn run(
        &self,
        runner: &mut Runner,
        part: usize,
        _lanes: usize,
        inputs: &[&DynValue],
    ) -> Outcome<Vec<DynValue>> {
        let session = match &mut runner.sessions[part] {
            Some(session) => session,
            empty => empty.insert(self.session(part)?),
        };
        let inputs: Vec<SessionInputValue> = inputs.iter().map(|&value| value.into()).collect();
        let mut outputs = session.run(&inputs[..]).map_err(failed)?;
        let named = self.graphs[part].outputs.iter().map(|name| {
            let output = outputs.remove(name);
            output.ok_or_else(|| failed(format!("no output {name}")))
        });
        named.collect()
    }

    fn bytes<'v>(&self, value: &'v DynValue) -> Outcome<&'v [u8]> {
        let (_, values) = value.try_extract_tensor::<u8>().map_err(failed)?;
        Ok(values)
    }

    fn floats<'v>(&self, value: &'v DynValue) -> Outcome<&'v [f32]> {
        let (_, values) = value.try_extract_tensor::<f32>().map_err(failed)?;
        Ok(values)
    }
}

fn failed(message: impl std::fmt::Display) -> PredictorError {
    PredictorError {
        message: format!("ONNX Runtime: {message}"),
    }
}
