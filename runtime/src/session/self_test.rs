//! The self-test of a backend: before a plan is used, it evaluates pinned inputs, and every value that leaves it must
//! be the one that the portable reference calculates ([`pxc_model::reference`]).
//!
//! Backends choose their kernels by the processor, the size of a run and the shape of a layer, and were wrong in
//! silence before (ONNX Runtime, issue 16105). A file that a wrong backend makes cannot be read by a right one.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use pxc_codec::ModelId;
use pxc_model::reference::{LANES, Reference, ReferenceChannel};
use pxc_model::{Element, Graph, ModelFile, TensorId};

use crate::error::{Error, Result};
use crate::process::process_id;
use crate::registry::model::Model;
use crate::session::evaluator::Evaluator;
use crate::session::network::{Network, PIXEL_PASS, pass_of, row_pass_index, stage_index};

/// For each tensor of a model, by name: the values of its channels in [`LANES`] pixels.
type Values = HashMap<String, Vec<[f32; LANES]>>;

type Calculated = HashMap<(ModelId, bool), Arc<Values>>;

/// What the reference calculated in this process, by model. The flag is `true` for a network that has another one for
/// the coarse image.
static CALCULATED: LazyLock<Mutex<Calculated>> = LazyLock::new(Mutex::default);

/// The process that is using a backend for the first time; 0 before, and [`USED`] after.
static FIRST: AtomicU32 = AtomicU32::new(0);
const USED: u32 = u32::MAX;

/// Held during the first use of a backend, when it prepares itself under locks of its own.
struct FirstUse;

impl FirstUse {
    /// Begins the first use. Fails in a child of a process that had begun it and not ended it.
    fn begin<E: Evaluator>(evaluator: &E) -> Result<FirstUse> {
        let own = process_id();
        match FIRST.compare_exchange(0, own, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) | Err(USED) => Ok(FirstUse),
            Err(other) if other == own => Ok(FirstUse),
            Err(_) => Err(Error::Forked {
                backend: evaluator.name(),
            }),
        }
    }

    fn end(self) {
        FIRST.store(USED, Ordering::SeqCst);
    }
}

/// An output of a subgraph.
struct TestedTensor<'a> {
    subgraph: usize,
    graph: &'a Graph,
    id: TensorId,
}

/// What a model's plans must calculate, and which of them did.
pub(crate) struct SelfTest {
    id: ModelId,
    file: ModelFile,
    /// First subgraph of a pass, and size of its runs.
    passed: Mutex<BTreeSet<(usize, usize)>>,
}

impl SelfTest {
    /// Creates the test of a model's plans. It calculates nothing until the first plan is made.
    pub(crate) fn new(model: &Model) -> SelfTest {
        SelfTest {
            id: model.id(),
            file: model.file().clone(),
            passed: Mutex::default(),
        }
    }

    /// Tests a pass that begins with a subgraph, in runs of a size, unless that was done before.
    pub(crate) fn check<E: Evaluator>(
        &self,
        network: &Network,
        evaluator: &E,
        runner: &mut E::Runner,
        first: usize,
        size: usize,
    ) -> Result<()> {
        let tested = (first, evaluator.sizes(first).tested(size));
        if locked(&self.passed).contains(&tested) {
            return Ok(());
        }
        let first_use = FirstUse::begin(evaluator)?;
        let values = self.values()?;
        let mut slots: Vec<Option<E::Value>> = Vec::new();
        slots.resize_with(network.slots, || None);
        let channels = self.file.metadata().channels();
        for index in pass_of(first, channels) {
            let subgraph = &network.subgraphs[index];
            let graph = &subgraph.graph;
            for (&id, &slot) in graph.inputs().iter().zip(&subgraph.inputs) {
                if slots[slot].is_none() {
                    slots[slot] = Some(input(evaluator, graph, id, size, &values)?);
                }
            }
            let inputs = subgraph.inputs.iter();
            let inputs: Vec<&E::Value> = inputs.filter_map(|&slot| slots[slot].as_ref()).collect();
            let outputs = evaluator.run(runner, index, size, &inputs)?;
            for (output, &id) in outputs.iter().zip(graph.outputs()) {
                let tested = TestedTensor {
                    subgraph: index,
                    graph,
                    id,
                };
                self.compare(evaluator, tested, size, output, &values)?;
            }
            for (&slot, output) in subgraph.outputs.iter().zip(outputs) {
                slots[slot] = Some(output);
            }
        }
        locked(&self.passed).insert(tested);
        first_use.end();
        Ok(())
    }

    /// Calculates the values of the reference, once per process.
    fn values(&self) -> Result<Arc<Values>> {
        let key = (self.id, self.file.coarse().is_some());
        // Never waits: in a forked child it may be locked for ever.
        if let Ok(known) = CALCULATED.try_lock()
            && let Some(known) = known.get(&key)
        {
            return Ok(known.clone());
        }
        let values = calculate(&self.file).map_err(|source| Error::Model {
            name: self.file.metadata().name().to_owned(),
            source,
        })?;
        let values = Arc::new(values);
        if let Ok(mut known) = CALCULATED.try_lock() {
            known.insert(key, values.clone());
        }
        Ok(values)
    }

    fn compare<E: Evaluator>(
        &self,
        evaluator: &E,
        tested: TestedTensor<'_>,
        size: usize,
        output: &E::Value,
        values: &Values,
    ) -> Result<()> {
        let TestedTensor {
            subgraph,
            graph,
            id,
        } = tested;
        let tensor = graph.tensor(id);
        // A lowered graph has tensors of its own between its stages.
        let Some(expected) = values.get(&tensor.name) else {
            return Ok(());
        };
        let found: Vec<f32> = match tensor.element {
            Element::U8 => evaluator
                .bytes(output)?
                .iter()
                .map(|&byte| byte.into())
                .collect(),
            Element::F32 => evaluator.floats(output)?.to_vec(),
        };
        let rows = found.chunks_exact(size).zip(expected).enumerate();
        for (channel, (row, expected)) in rows {
            let mut lanes = row.iter().zip(expected.iter().cycle()).enumerate();
            // The bits of −0 differ from those of 0, and both are 0.
            if let Some((lane, (&found, &expected))) = lanes.find(|(_, (a, b))| a != b) {
                let pass = self.pass_name(subgraph);
                let node = graph.nodes().iter().find(|node| node.output == id);
                let node = node.map_or(&tensor.name, |node| &node.name);
                return Err(Error::SelfTest {
                    backend: evaluator.name(),
                    model: self.file.metadata().name().to_owned(),
                    place: format!("{pass}, node {node}, channel {channel}, lane {lane} of {size}"),
                    expected,
                    found,
                });
            }
        }
        Ok(())
    }

    fn pass_name(&self, subgraph: usize) -> String {
        let row_pass = row_pass_index(self.file.metadata().channels());
        match subgraph {
            PIXEL_PASS => "the pixel pass".to_owned(),
            _ if subgraph == row_pass => "the row pass".to_owned(),
            _ => format!("stage {}", subgraph - stage_index(0)),
        }
    }
}

/// The inputs of a model, and all that follows from them.
fn calculate(file: &ModelFile) -> pxc_model::Result<Values> {
    let (graph, metadata) = (file.graph(), file.metadata());
    let reference = Reference::new(graph, metadata)?;
    let tensors = reference.evaluate(&reference.pinned_inputs())?;
    let named = graph.tensors().iter().zip(tensors);
    let values = named.map(|(tensor, channels)| {
        let values = channels.iter().map(ReferenceChannel::values);
        (tensor.name.clone(), values.collect())
    });
    Ok(values.collect())
}

/// An input of a graph in a run of a size: the pinned lanes again and again.
fn input<E: Evaluator>(
    evaluator: &E,
    graph: &Graph,
    id: TensorId,
    size: usize,
    values: &Values,
) -> Result<E::Value> {
    let tensor = graph.tensor(id);
    let pinned = values.get(&tensor.name).map_or(&[][..], Vec::as_slice);
    evaluator.input(None, tensor.channels, size, |filled| {
        for (row, pinned) in filled.chunks_exact_mut(size).zip(pinned) {
            let lanes = row.iter_mut().zip(pinned.iter().cycle());
            lanes.for_each(|(to, &from)| *to = from);
        }
    })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use pxc_codec::{Predictor, PredictorError};
    use pxc_model::{Matrix, ModelMetadata};

    use super::*;
    use crate::session::predictor::StagedPredictor;
    use crate::tract::evaluator::{SubgraphPlans, Tract};

    const METADATA: &str = r#"{"version": 1, "family": "photo", "name": "pair", "channels": 3, "order": [0, 1, 2],
        "taps": [[0, -1]], "shear": 1, "context": "median-differences", "prediction": "carry"}"#;

    /// A model in which the logits of channel 2 have this weight.
    fn model(weight: f32) -> Model {
        let mut graph = Graph::new();
        let context = graph.input("context", Element::F32, 6).unwrap();
        let own: Vec<TensorId> = (0..2)
            .map(|k| graph.input(&format!("own_{k}"), Element::F32, 1).unwrap())
            .collect();
        for k in 0..3 {
            let mut inputs = vec![context];
            inputs.extend(&own[..k]);
            let name = |part: &str| format!("{part}_{k}");
            let columns = 6 + k;
            let joined = graph.concat(&name("joined"), inputs).unwrap();
            let mut weights = vec![0.125; 256 * columns];
            weights[77] = if k == 2 { weight } else { 0.25 };
            let weights = Matrix::new(256, columns, weights).unwrap();
            let sum = graph
                .conv(&name("sum"), joined, weights, vec![100.0; 256])
                .unwrap();
            let clipped = graph.clip(&name("clipped"), sum, 0.0, 255.0).unwrap();
            let rounded = graph.round(&name("rounded"), clipped).unwrap();
            let logits = graph.cast(&name("logits"), rounded, Element::U8).unwrap();
            graph.output(logits).unwrap();
        }
        let metadata = ModelMetadata::from_json(METADATA).unwrap();
        let file = ModelFile::new(metadata, graph).unwrap();
        Model::from_bytes("pair", &file.to_bytes().unwrap()).unwrap()
    }

    /// A predictor with the plans of one model and the self-test of another.
    fn predictor(plans: &Model, model: &Model) -> StagedPredictor<Tract> {
        let subgraphs = Network::new(plans, true).unwrap().subgraphs;
        let plans = subgraphs.iter();
        let plans = plans.map(|subgraph| SubgraphPlans::new(&subgraph.graph, None, &[16, 32]));
        let network = Network::new(model, true).unwrap();
        StagedPredictor::new(model, network, Tract::new(plans.collect()), None)
    }

    fn evaluate(plans: &Model, lanes: usize) -> [std::result::Result<(), PredictorError>; 2] {
        let predictor = predictor(plans, &model(0.25));
        let (context, own) = (vec![0; 6 * lanes], vec![0; 2 * lanes]);
        let mut logits = vec![0; 3 * 256 * lanes];
        let mut session = predictor.session().unwrap();
        let whole = session.all_logits(lanes, &context, &own, &mut logits);
        let staged = session.first_logits(lanes, &context, &mut logits[..256 * lanes]);
        [whole, staged]
    }

    #[test]
    fn sound_weights_pass() {
        assert!(
            evaluate(&model(0.25), 40)
                .iter()
                .all(std::result::Result::is_ok)
        );
    }

    /// The weight is of stage 2, which is tested before stage 0 is used.
    #[test]
    fn one_wrong_weight_is_found_before_its_plan_is_used() {
        for lanes in [1, 16, 40] {
            for (result, pass) in evaluate(&model(0.5), lanes)
                .into_iter()
                .zip(["the pixel pass", "stage 2"])
            {
                let error = result.expect_err("a wrong weight");
                let message = error.to_string();
                let backend = error.downcast::<Error>().expect("of the runtime");
                assert_eq!(backend.kind(), pxc_codec::ErrorKind::Backend);
                let expected =
                    format!("self-test of model pair failed in {pass}, node logits_2, channel 9");
                assert!(message.starts_with("tract 0."), "{message}");
                assert!(message.contains(&expected), "{message}");
            }
        }
    }

    #[test]
    fn the_reference_is_calculated_once_in_a_process() {
        let model = model(0.25);
        let first = SelfTest::new(&model).values().unwrap();
        let second = SelfTest::new(&model).values().unwrap();
        assert!(Arc::ptr_eq(&first, &second));
    }
}
