//! A model in, the graphs that a backend runs out: the pixel pass, one graph per stage and the row pass, in the form
//! that suits the processor.

use std::collections::HashMap;

use pxc_model::{Graph, ModelMetadata, lowering, proof, stages};

use crate::error::{Error, Result};
use crate::maps::wiring::{MapWiring, made_maps};
use crate::registry::model::Model;
use crate::session::slots::Slots;

/// For each tensor of integers, by name: the largest magnitude.
pub(crate) type Magnitudes = HashMap<String, u32>;

/// A graph that is evaluated at once, and the slots of its inputs and outputs.
pub(crate) struct Subgraph {
    pub(crate) graph: Graph,
    pub(crate) inputs: Vec<usize>,
    /// Logits, then maps, then what later stages read.
    pub(crate) outputs: Vec<usize>,
    /// How many of the outputs are logits.
    pub(crate) logits: usize,
    /// Which outputs are maps: index of the output and map.
    pub(crate) maps: Vec<(usize, usize)>,
}

/// The index of the subgraph that evaluates all channels at once.
pub(crate) const PIXEL_PASS: usize = 0;

/// The index of the subgraph that evaluates channel `k`.
pub(crate) fn stage_index(channel: usize) -> usize {
    1 + channel
}

/// The subgraphs that a pass which begins with this one runs, in a model with this number of channels.
pub(crate) fn pass_of(first: usize, channels: usize) -> std::ops::Range<usize> {
    match first == stage_index(0) {
        true => first..row_pass_index(channels),
        false => first..first + 1,
    }
}

/// The index of the row pass, in a model with this number of channels.
pub(crate) fn row_pass_index(channels: usize) -> usize {
    1 + channels
}

/// Copies of a subgraph's weights, as float32: in graphs, and in a plan of each size with what making it takes.
const WEIGHT_COPIES: u64 = 10;
/// Lanes of all plans of a subgraph together.
const PLANNED_LANES: u64 = 512;

/// All subgraphs of a model.
pub(crate) struct Network {
    pub(crate) subgraphs: Vec<Subgraph>,
    pub(crate) slots: usize,
    /// The maps that the model keeps, if it keeps any.
    pub(crate) maps: Option<MapWiring>,
}

impl Network {
    /// Cuts a model into subgraphs, `QLinearConv` as it stands or lowered to float32.
    pub(crate) fn new(model: &Model, lower: bool) -> Result<Self> {
        Self::cut(model, lower).map_err(|source| refused(model, source))
    }

    /// An upper bound of the bytes that the plans and `sessions` sessions take.
    pub(crate) fn memory(&self, sessions: usize) -> u64 {
        let sum = |count: fn(&Graph) -> usize| -> u64 {
            let counts = self.subgraphs.iter();
            counts.map(|subgraph| count(&subgraph.graph) as u64).sum()
        };
        let weights = 4 * WEIGHT_COPIES * (sum(Graph::weights) + sum(Graph::table_values));
        let session = 4 * PLANNED_LANES * sum(Graph::channels);
        weights.saturating_add(session.saturating_mul(sessions as u64))
    }

    /// The proven limits of the tensors of integers.
    pub(crate) fn magnitudes(&self, model: &Model) -> Result<Magnitudes> {
        let row = row_pass_index(model.metadata().channels());
        let row = self.subgraphs.get(row);
        let mut all = Magnitudes::new();
        for subgraph in [&self.subgraphs[PIXEL_PASS]].into_iter().chain(row) {
            let found = proof::magnitudes(&subgraph.graph, model.metadata());
            all.extend(found.map_err(|source| refused(model, source))?);
        }
        Ok(all)
    }

    fn cut(model: &Model, lower: bool) -> pxc_model::Result<Self> {
        let metadata = model.metadata();
        let mut pixel = stages::pixel_pass(model.file().graph(), metadata)?;
        let mut row = stages::row_pass(model.file().graph(), metadata)?;
        if lower {
            pixel = lowered(&pixel, metadata)?;
            row = row.map(|row| lowered(&row, metadata)).transpose()?;
        }
        let staged = stages::split(&pixel, metadata)?;
        let mut slots = Slots::new(metadata);
        let maps = MapWiring::new(metadata, &pixel, row.as_ref(), |name| slots.slot(name));
        let mut subgraph = |graph, logits| Subgraph::new(graph, logits, metadata, &mut slots);
        let mut subgraphs = vec![subgraph(pixel, metadata.channels())];
        subgraphs.extend(staged.into_iter().map(|stage| subgraph(stage.graph, 1)));
        subgraphs.extend(row.map(|row| subgraph(row, 0)));
        Ok(Self {
            subgraphs,
            slots: slots.count(),
            maps,
        })
    }
}

impl Subgraph {
    fn new(graph: Graph, logits: usize, metadata: &ModelMetadata, slots: &mut Slots) -> Self {
        Subgraph {
            logits,
            maps: made_maps(metadata, &graph),
            inputs: slots.all(&graph, graph.inputs()),
            outputs: slots.all(&graph, graph.outputs()),
            graph,
        }
    }
}

fn refused(model: &Model, source: pxc_model::Error) -> Error {
    Error::Model {
        name: model.name().to_owned(),
        source,
    }
}

/// The float32 equivalent of a graph, proven.
fn lowered(graph: &Graph, metadata: &ModelMetadata) -> pxc_model::Result<Graph> {
    let twin = lowering::lower(graph)?;
    proof::prove(&twin, metadata)?;
    Ok(twin)
}
