//! Runs a model's subgraphs with tract. Plans are built when they are first needed and shared by all sessions.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pxc_model::Graph;
use tract_core::prelude::*;

use crate::error::{Error, Result, Source};
use crate::session::evaluator::Evaluator;
use crate::session::lanes::Sizes;
use crate::session::network::Magnitudes;
use crate::tract::plan::{self, Plan};
use crate::tract::steps::{self, Step};

const NAME: &str = "tract";
/// The version of tract that `Cargo.toml` pins.
const VERSION: &str = "0.23.9";

type State = TypedSimpleState;

/// The plans of a model.
pub(crate) struct Tract {
    subgraphs: Vec<SubgraphPlans>,
}

impl Tract {
    /// Plans in the order of the network's subgraphs.
    pub(crate) fn new(subgraphs: Vec<SubgraphPlans>) -> Self {
        Tract { subgraphs }
    }
}

/// A subgraph, and its plan for each of its sizes.
pub(crate) struct SubgraphPlans {
    graph: Graph,
    magnitudes: Option<Arc<Magnitudes>>,
    /// The steps of which the plans of all sizes consist.
    steps: OnceLock<Vec<Step>>,
    sizes: &'static [usize],
    plans: Vec<Mutex<Option<Plan>>>,
}

impl Evaluator for Tract {
    type Value = Arc<Tensor>;
    /// One state per subgraph and size.
    type Runner = Vec<Vec<Option<State>>>;

    fn name(&self) -> String {
        format!("{NAME} {VERSION}")
    }

    fn runner(&self) -> Result<Self::Runner> {
        let none = |plans: &SubgraphPlans| plans.plans.iter().map(|_| None).collect();
        Ok(self.subgraphs.iter().map(none).collect())
    }

    fn sizes(&self, subgraph: usize) -> Sizes {
        Sizes::Fixed(self.subgraphs[subgraph].sizes)
    }

    fn is_planned(&self, subgraph: usize, lanes: usize) -> bool {
        let index = self.subgraphs[subgraph].size_index(lanes);
        // A plan that is being built counts as built: another thread waits for it at most once.
        index.is_some_and(|index| {
            let plan = self.subgraphs[subgraph].plans[index].try_lock();
            plan.map_or(true, |plan| plan.is_some())
        })
    }

    fn input(
        &self,
        spare: Option<Self::Value>,
        channels: usize,
        lanes: usize,
        fill: impl FnOnce(&mut [f32]),
    ) -> Result<Self::Value> {
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
        subgraph: usize,
        lanes: usize,
        inputs: &[&Self::Value],
    ) -> Result<Vec<Self::Value>> {
        let index = self.subgraphs[subgraph].size_index(lanes);
        let index = index.ok_or_else(|| failed(format!("no plan for {lanes} lanes")))?;
        let state = match &mut runner[subgraph][index] {
            Some(state) => state,
            empty => empty.insert(
                self.subgraphs[subgraph]
                    .plan(index, lanes)?
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

    fn bytes<'v>(&self, value: &'v Self::Value) -> Result<&'v [u8]> {
        let view = value.try_as_plain_ram().map_err(failed)?;
        view.as_slice::<u8>().map_err(failed)
    }

    fn floats<'v>(&self, value: &'v Self::Value) -> Result<&'v [f32]> {
        let view = value.try_as_plain_ram().map_err(failed)?;
        view.as_slice::<f32>().map_err(failed)
    }
}

impl SubgraphPlans {
    /// Without magnitudes everything runs as float32.
    pub(crate) fn new(
        graph: &Graph,
        magnitudes: Option<Arc<Magnitudes>>,
        sizes: &'static [usize],
    ) -> Self {
        SubgraphPlans {
            graph: graph.clone(),
            magnitudes,
            steps: OnceLock::new(),
            sizes,
            plans: sizes.iter().map(|_| Mutex::new(None)).collect(),
        }
    }

    fn size_index(&self, lanes: usize) -> Option<usize> {
        self.sizes.iter().position(|&size| size == lanes)
    }

    fn steps(&self) -> &[Step] {
        self.steps
            .get_or_init(|| steps::steps(&self.graph, self.magnitudes.as_deref()))
    }

    /// The plan of a size, built by the first session that needs it.
    fn plan(&self, index: usize, lanes: usize) -> Result<Plan> {
        let mut plan = self.plans[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*plan {
            Some(plan) => Ok(plan.clone()),
            None => {
                let built = plan::build(&self.graph, self.steps(), lanes);
                let built = built.map_err(failed)?;
                Ok(plan.insert(built).clone())
            }
        }
    }
}

fn failed(source: impl Into<Source>) -> Error {
    Error::backend(NAME, source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_pinned_one() {
        let pinned = include_str!("../../../Cargo.toml");
        let pin = format!("tract-core = \"={VERSION}\"\n");
        assert!(pinned.contains(&pin), "{VERSION}");
    }
}
