//! Runs a model's subgraphs with ONNX Runtime.
//!
//! `ort` runs a session from one thread at a time, so every session of the codec has its own; they are kept for the
//! next one. The number of lanes is free; runs have at most 256, which keeps tensors in the cache.

use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor};
use prost::Message;
use pxc_model::{ConvForm, Graph, Lanes};

use crate::error::{Error, Result};
use crate::onnxruntime::library;
use crate::session::evaluator::Evaluator;
use crate::session::lanes::Sizes;

const MAX_LANES: usize = 256;

/// Where ONNX Runtime computes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    Processor,
    Cuda,
}

impl Device {
    /// The backend's name in error messages.
    fn name(self) -> &'static str {
        match self {
            Device::Processor => "ONNX Runtime",
            Device::Cuda => "ONNX Runtime (CUDA)",
        }
    }

    /// CUDA's convolutions may choose a transform that is not exact; its matrix products are sums.
    pub(crate) fn conv_form(self, asked: ConvForm) -> ConvForm {
        match self {
            Device::Processor => asked,
            Device::Cuda => ConvForm::MatMul,
        }
    }
}

/// A subgraph as the bytes of an ONNX file, and the names of its outputs.
pub(crate) struct SubgraphFile {
    bytes: Vec<u8>,
    outputs: Vec<String>,
}

impl SubgraphFile {
    /// The file of a graph, with convolutions in a form.
    pub(crate) fn new(graph: &Graph, form: ConvForm) -> Self {
        let proto = graph.to_model_proto(Lanes::Symbolic, form);
        let outputs = graph.outputs().iter();
        SubgraphFile {
            bytes: proto.encode_to_vec(),
            outputs: outputs.map(|&id| graph.tensor(id).name.clone()).collect(),
        }
    }
}

pub(crate) struct OnnxRuntime {
    environment: Environment,
    device: Device,
    files: Vec<SubgraphFile>,
    idle: Pool,
}

/// One ONNX Runtime session per subgraph, made when first needed.
type Sessions = Vec<Option<Session>>;
type Pool = Arc<Mutex<Vec<Sessions>>>;

/// The ONNX Runtime sessions that one codec session works with; they return to the pool.
pub(crate) struct Runner {
    sessions: Sessions,
    pool: Pool,
}

impl Drop for Runner {
    fn drop(&mut self) {
        let sessions = std::mem::take(&mut self.sessions);
        put_back(&self.pool, sessions);
    }
}

fn put_back(pool: &Pool, sessions: Sessions) {
    let mut idle = pool.lock().unwrap_or_else(PoisonError::into_inner);
    idle.push(sessions);
}

impl OnnxRuntime {
    /// Creates the sessions of some files; the first one at once, the others when they are needed.
    pub(crate) fn new(
        environment: Environment,
        device: Device,
        files: Vec<SubgraphFile>,
    ) -> Result<Self> {
        let evaluator = OnnxRuntime {
            environment,
            device,
            files,
            idle: Pool::default(),
        };
        let mut sessions = evaluator.no_sessions();
        sessions[0] = Some(evaluator.session(0)?);
        put_back(&evaluator.idle, sessions);
        Ok(evaluator)
    }

    fn no_sessions(&self) -> Sessions {
        self.files.iter().map(|_| None).collect()
    }

    /// Wraps an error of the library, which may hold a builder.
    fn failed(&self, error: impl Into<ort::Error>) -> Error {
        Error::backend(self.device.name(), error.into())
    }

    fn session(&self, subgraph: usize) -> Result<Session> {
        let builder = Session::builder(&self.environment).map_err(|error| self.failed(error))?;
        let builder = configure(builder).map_err(|error| self.failed(error))?;
        let mut builder = self.on_device(builder)?;
        builder
            .commit_from_memory(&self.files[subgraph].bytes)
            .map_err(|error| self.failed(error))
    }

    #[cfg(feature = "cuda")]
    fn on_device(&self, builder: SessionBuilder) -> Result<SessionBuilder> {
        if self.device == Device::Processor {
            return Ok(builder);
        }
        let cuda = ort::ep::CUDA::default()
            .with_tf32(false)
            .build()
            .error_on_failure();
        builder
            .with_execution_providers([cuda])
            .map_err(|error| self.failed(error))
    }

    #[cfg(not(feature = "cuda"))]
    fn on_device(&self, builder: SessionBuilder) -> Result<SessionBuilder> {
        match self.device {
            Device::Processor => Ok(builder),
            Device::Cuda => Err(self.failed(ort::Error::new("this build lacks CUDA"))),
        }
    }
}

/// Creates a session: one thread, no busy waiting, the same operations in the same order every time.
#[allow(
    clippy::result_large_err,
    reason = "ort's error gives the builder back"
)]
fn configure(
    builder: SessionBuilder,
) -> std::result::Result<SessionBuilder, ort::Error<SessionBuilder>> {
    builder
        .with_optimization_level(GraphOptimizationLevel::All)
        .and_then(|builder| builder.with_intra_threads(1))
        .and_then(|builder| builder.with_inter_threads(1))
        .and_then(|builder| builder.with_intra_op_spinning(false))
        .and_then(|builder| builder.with_inter_op_spinning(false))
        .and_then(|builder| builder.with_deterministic_compute(true))
}

impl Evaluator for OnnxRuntime {
    type Value = DynValue;
    type Runner = Runner;

    fn name(&self) -> String {
        // The file's name ends in the version.
        format!("{} ({})", self.device.name(), library::file_name())
    }

    fn runner(&self) -> Result<Runner> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Ok(Runner {
            sessions: match idle {
                Some(sessions) => sessions,
                None => self.no_sessions(),
            },
            pool: self.idle.clone(),
        })
    }

    fn sizes(&self, _subgraph: usize) -> Sizes {
        Sizes::UpTo(MAX_LANES)
    }

    fn is_planned(&self, _subgraph: usize, _lanes: usize) -> bool {
        true
    }

    fn input(
        &self,
        spare: Option<DynValue>,
        channels: usize,
        lanes: usize,
        fill: impl FnOnce(&mut [f32]),
    ) -> Result<DynValue> {
        let shape = [1, channels as i64, lanes as i64];
        if let Some(mut value) = spare.filter(|value| value.shape()[..] == shape) {
            let (_, values) = value
                .try_extract_tensor_mut::<f32>()
                .map_err(|error| self.failed(error))?;
            fill(values);
            return Ok(value);
        }
        let mut values = vec![0.0; channels * lanes];
        fill(&mut values);
        let tensor = Tensor::from_array((shape, values)).map_err(|error| self.failed(error))?;
        Ok(tensor.into_dyn())
    }

    fn run(
        &self,
        runner: &mut Runner,
        subgraph: usize,
        _lanes: usize,
        inputs: &[&DynValue],
    ) -> Result<Vec<DynValue>> {
        let session = match &mut runner.sessions[subgraph] {
            Some(session) => session,
            empty => empty.insert(self.session(subgraph)?),
        };
        let inputs: Vec<SessionInputValue> = inputs.iter().map(|&value| value.into()).collect();
        let mut outputs = session
            .run(&inputs[..])
            .map_err(|error| self.failed(error))?;
        let named = self.files[subgraph].outputs.iter().map(|name| {
            let output = outputs.remove(name);
            output.ok_or_else(|| self.failed(ort::Error::new(format!("no output {name}"))))
        });
        named.collect()
    }

    fn bytes<'v>(&self, value: &'v DynValue) -> Result<&'v [u8]> {
        let (_, values) = value
            .try_extract_tensor::<u8>()
            .map_err(|error| self.failed(error))?;
        Ok(values)
    }

    fn floats<'v>(&self, value: &'v DynValue) -> Result<&'v [f32]> {
        let (_, values) = value
            .try_extract_tensor::<f32>()
            .map_err(|error| self.failed(error))?;
        Ok(values)
    }
}
