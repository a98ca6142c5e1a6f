//! Evaluates a model's parts with tract, in this process and on this thread.
//!
//! A plan is made for a fixed number of lanes, when it is first needed, and shared by all sessions.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pxc_codec::{Predictor, PredictorError};
use pxc_model::Graph;
use tract_onnx::prelude::*;

use crate::backend::Arithmetic;
use crate::error::{Error, Result};
use crate::integer_layer;
use crate::lanes::Sizes;
use crate::model::Model;
use crate::model_parts::{Network, WHOLE};
use crate::plan_steps::{self, Magnitudes, Step};
use crate::staging::{Evaluator, StagedPredictor};
use crate::tract_plan::{self, Plan};

const NAME: &str = "tract";
/// Runs on packed integers: whole blocks of lanes. A plan is cheap, since plans share the weights. Beyond 384 lanes tensors leave the cache.
const INTEGER_SIZES: &[usize] = &[
    16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256,
];
/// Runs of a stage on float32. Small ones cost less padding, large ones less overhead.
const STAGE_SIZES: &[usize] = &[32, 64, 128, 256];
/// Runs of the whole graph on float32: chunks of 256 pixels, and their last one.
const WHOLE_SIZES: &[usize] = &[32, 64, 256];
/// Runs of models that keep maps: a step of a small image has one lane.
const MAP_SIZES: &[usize] = &[1, 8, 32, 64, 128, 256];
/// Set to anything, it lets tract round the operands of float32 products to bf16.
const INEXACT: &str = "TRACT_AMX_BF16";

type State = TypedSimpleState;

/// Prepares a model for tract.
pub(crate) fn open(model: &Model, arithmetic: Arithmetic) -> Result<Box<dyn Predictor>> {
    if std::env::var_os(INEXACT).is_some() {
        return Err(Error::InexactArithmetic { variable: INEXACT });
    }
    let on_integers = match arithmetic {
        Arithmetic::Auto => integer_layer::has_kernels(),
        Arithmetic::Integer => true,
        Arithmetic::Float => false,
    };
    let network = Network::new(model, !on_integers)?;
    let magnitudes = on_integers.then(|| network.magnitudes(model));
    let magnitudes = magnitudes.transpose()?.map(Arc::new);
    let plans = network.parts.iter().enumerate().map(|(part, content)| {
        let sizes = sizes(part, &network, on_integers);
        PartPlans {
            graph: content.graph.clone(),
            magnitudes: magnitudes.clone(),
            steps: OnceLock::new(),
            sizes,
            plans: sizes.iter().map(|_| Mutex::new(None)).collect(),
        }
    });
    let small = model
        .small()
        .map(|small| open(small, arithmetic))
        .transpose()?;
    Ok(Box::new(StagedPredictor {
        id: model.id(),
        spec: model.spec().clone(),
        evaluator: Tract {
            parts: plans.collect(),
        },
        network,
        small,
    }))
}

fn sizes(part: usize, network: &Network, on_integers: bool) -> &'static [usize] {
    match part {
        _ if network.maps.is_some() => MAP_SIZES,
        _ if on_integers => INTEGER_SIZES,
        WHOLE => WHOLE_SIZES,
        _ => STAGE_SIZES,
    }
}

struct Tract {
    parts: Vec<PartPlans>,
}

/// A part's graph, and its plan for each of the part's sizes.
struct PartPlans {
    graph: Graph,
    magnitudes: Option<Arc<Magnitudes>>,
    /// What plans of all sizes are made of.
    steps: OnceLock<Vec<Step>>,
    sizes: &'static [usize],
    plans: Vec<Mutex<Option<Plan>>>,
}

impl Evaluator for Tract {
    type Value = Arc<Tensor>;
    /// One state per part and size.
    type Runner = Vec<Vec<Option<State>>>;

    fn runner(&self) -> std::result::Result<Self::Runner, PredictorError> {
        let none = |plans: &PartPlans| plans.plans.iter().map(|_| None).collect();
        Ok(self.parts.iter().map(none).collect())
    }

    fn sizes(&self, part: usize) -> Sizes {
        Sizes::Fixed(self.parts[part].sizes)
    }

    fn is_planned(&self, part: usize, lanes: usize) -> bool {
        let place = self.parts[part].place(lanes);
        // A plan that is being built counts as built: another thread waits for it at most once.
        place.is_some_and(|place| {
            let plan = self.parts[part].plans[place].try_lock();
            plan.map_or(true, |plan| plan.is_some())
        })
    }

    fn input(
        &self,
        spare: Option<Self::Value>,
        channels: usize,
        lanes: usize,
        fill: impl FnOnce(&mut [f32]),
    ) -> std::result::Result<Self::Value, PredictorError> {
        let shape = [channels, lanes];
        let spare = spare.filter(|tensor| tensor.shape() == shape);
        let spare = spare.and_then(|tensor| Arc::try_unwrap(tensor).ok());
        let fill = |mut tensor: Tensor| {
            fill(tensor.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?);
            Ok(Arc::new(tensor))
        };
        match spare {
            Some(tensor) => fill(tensor),
            None => Tensor::zero::<f32>(&shape).and_then(fill),
        }
        .map_err(failed)
    }

    fn run(
        &self,
        runner: &mut Self::Runner,
        part: usize,
        lanes: usize,
        inputs: &[&Self::Value],
    ) -> std::result::Result<Vec<Self::Value>, PredictorError> {
        let place = self.parts[part].place(lanes);
        let place = place.ok_or_else(|| failed(format!("no plan for {lanes} lanes")))?;
        let state = match &mut runner[part][place] {
            Some(state) => state,
            empty => empty.insert(
                self.parts[part]
                    .plan(place, lanes)?
                    .spawn()
                    .map_err(failed)?,
            ),
        };
        let inputs = inputs.iter().map(|&value| value.clone().into_tvalue());
        let outputs = state.run(inputs.collect()).map_err(failed)?;
        Ok(outputs
            .into_iter()
            .map(IntoArcTensor::into_arc_tensor)
            .collect())
    }

    fn bytes<'v>(&self, value: &'v Self::Value) -> std::result::Result<&'v [u8], PredictorError> {
        let view = value.try_as_plain_ram().map_err(failed)?;
        view.as_slice::<u8>().map_err(failed)
    }

    fn floats<'v>(&self, value: &'v Self::Value) -> std::result::Result<&'v [f32], PredictorError> {
        let view = value.try_as_plain_ram().map_err(failed)?;
        view.as_slice::<f32>().map_err(failed)
    }
}

impl PartPlans {
    fn place(&self, lanes: usize) -> Option<usize> {
        self.sizes.iter().position(|&size| size == lanes)
    }

    fn steps(&self) -> &[Step] {
        self.steps
            .get_or_init(|| plan_steps::steps(&self.graph, self.magnitudes.as_deref()))
    }

    /// The plan of a size, built by the first session that needs it.
    fn plan(&self, place: usize, lanes: usize) -> std::result::Result<Plan, PredictorError> {
        let mut plan = self.plans[place]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*plan {
            Some(plan) => Ok(plan.clone()),
            None => {
                let built = tract_plan::build(&self.graph, self.steps(), lanes);
                let built = built.map_err(failed)?;
                Ok(plan.insert(built).clone())
            }
        }
    }
}

fn failed(message: impl std::fmt::Display) -> PredictorError {
    PredictorError {
        message: format!("{NAME}: {message}"),
    }
}
