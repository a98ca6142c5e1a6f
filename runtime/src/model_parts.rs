//! A model cut to what a backend runs: the whole pixel pass, one graph per stage and the row pass, in the form that suits the processor.
//!
//! Tensors that pass between the runtime and a graph, or from stage to stage, live in *slots*: slot 0 is `context`,
//! slot `1 + k` is `own_k`, the next one `coarse`; maps, logits and intermediate tensors follow.

use std::collections::HashMap;

use pxc_model::contract::{COARSE, CONTEXT, own_input};
use pxc_model::{Graph, ModelMetadata, TensorId, lowering, proof, stages};

use crate::error::{Error, Result};
use crate::map_wiring::{MapWiring, made_maps};
use crate::model::Model;
use crate::plan_steps::Magnitudes;

/// The slot of the context.
pub(crate) const CONTEXT_SLOT: usize = 0;

/// The slot of own channel `k`.
pub(crate) fn own_slot(channel: usize) -> usize {
    1 + channel
}

/// The slot of the coarse image, of a model of so many channels that sees one.
pub(crate) fn coarse_slot(channels: usize) -> usize {
    channels
}

/// A graph and the slots of its inputs and outputs.
pub(crate) struct Part {
    pub(crate) graph: Graph,
    pub(crate) inputs: Vec<usize>,
    /// Logits, then maps, then what later stages read.
    pub(crate) outputs: Vec<usize>,
    /// How many of the outputs are logits.
    pub(crate) logits: usize,
    /// Which outputs are maps: place and map.
    pub(crate) maps: Vec<(usize, usize)>,
}

/// The part that evaluates all channels at once.
pub(crate) const WHOLE: usize = 0;

/// The part that evaluates channel `k`.
pub(crate) fn stage_part(channel: usize) -> usize {
    1 + channel
}

/// The part that evaluates the row pass of a model of so many channels.
pub(crate) fn row_part(channels: usize) -> usize {
    1 + channels
}

/// Copies of a part's weights, as float32: in graphs, and in a plan of each size with what making it takes.
const WEIGHT_COPIES: u64 = 10;
/// Lanes of all plans of a part together.
const PLANNED_LANES: u64 = 512;

/// All parts of a model.
pub(crate) struct Network {
    pub(crate) parts: Vec<Part>,
    pub(crate) slots: usize,
    /// The maps that the model keeps, if it keeps any.
    pub(crate) maps: Option<MapWiring>,
}

impl Network {
    /// Cuts a model into parts, `QLinearConv` as it stands or lowered to float32.
    pub(crate) fn new(model: &Model, lower: bool) -> Result<Self> {
        Self::cut(model, lower).map_err(|source| refused(model, source))
    }

    /// An upper bound of the bytes that the plans and so many sessions take.
    pub(crate) fn memory(&self, sessions: usize) -> u64 {
        let sum = |count: fn(&Graph) -> usize| -> u64 {
            let counts = self.parts.iter().map(|part| count(&part.graph) as u64);
            counts.sum()
        };
        let weights = 4 * WEIGHT_COPIES * (sum(Graph::weights) + sum(Graph::table_values));
        let session = 4 * PLANNED_LANES * sum(Graph::channels);
        weights.saturating_add(session.saturating_mul(sessions as u64))
    }

    /// What the tensors of integers are proven to be limited to.
    pub(crate) fn magnitudes(&self, model: &Model) -> Result<Magnitudes> {
        let row = self.parts.get(row_part(model.metadata().channels()));
        let mut all = Magnitudes::new();
        for part in [&self.parts[WHOLE]].into_iter().chain(row) {
            let found = proof::magnitudes(&part.graph, model.metadata());
            all.extend(found.map_err(|source| refused(model, source))?);
        }
        Ok(all)
    }

    fn cut(model: &Model, lower: bool) -> pxc_model::Result<Self> {
        let metadata = model.metadata();
        let mut whole = stages::pixel_pass(model.file().graph(), metadata)?;
        let mut row = stages::row_pass(model.file().graph(), metadata)?;
        if lower {
            whole = lowered(&whole, metadata)?;
            row = row.map(|row| lowered(&row, metadata)).transpose()?;
        }
        let staged = stages::split(&whole, metadata)?;
        let mut slots = Slots::new(metadata);
        let maps = MapWiring::new(metadata, &whole, row.as_ref(), |name| slots.slot(name));
        let mut part = |graph, logits| slots.part(graph, logits, metadata);
        let mut parts = vec![part(whole, metadata.channels())];
        parts.extend(staged.into_iter().map(|stage| part(stage.graph, 1)));
        parts.extend(row.map(|row| part(row, 0)));
        Ok(Self {
            parts,
            slots: slots.names.len(),
            maps,
        })
    }
}

fn refused(model: &Model, source: pxc_model::Error) -> Error {
    Error::Model {
        place: model.name().to_owned(),
        source,
    }
}

/// The float32 twin of a graph, proven.
fn lowered(graph: &Graph, metadata: &ModelMetadata) -> pxc_model::Result<Graph> {
    let twin = lowering::lower(graph)?;
    proof::prove(&twin, metadata)?;
    Ok(twin)
}

/// Tensor names and their slots.
struct Slots {
    names: HashMap<String, usize>,
}

impl Slots {
    fn new(metadata: &ModelMetadata) -> Self {
        let channels = metadata.channels();
        let own = (0..channels - 1).map(|channel| (own_input(channel), own_slot(channel)));
        let context = (CONTEXT.to_owned(), CONTEXT_SLOT);
        let coarse = (COARSE.to_owned(), coarse_slot(channels));
        let coarse = metadata.small().map(|_| coarse);
        Self {
            names: std::iter::once(context).chain(own).chain(coarse).collect(),
        }
    }

    fn part(&mut self, graph: Graph, logits: usize, metadata: &ModelMetadata) -> Part {
        Part {
            logits,
            maps: made_maps(metadata, &graph),
            inputs: self.all(&graph, graph.inputs()),
            outputs: self.all(&graph, graph.outputs()),
            graph,
        }
    }

    fn all(&mut self, graph: &Graph, ids: &[TensorId]) -> Vec<usize> {
        let slots = ids.iter().map(|&id| self.slot(&graph.tensor(id).name));
        slots.collect()
    }

    fn slot(&mut self, name: &str) -> usize {
        let next = self.names.len();
        *self.names.entry(name.to_owned()).or_insert(next)
    }
}
