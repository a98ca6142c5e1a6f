//! Cuts a graph into the graphs that are evaluated separately: the pixel pass, its stages, the row pass
//! (`docs/model.md`, *Tensors* and *Maps*).
//!
//! A node of the pixel pass belongs to stage `k` when `own_{k−1}` is the highest own channel that it depends on; the
//! node that makes `logits_k` always belongs to stage `k`.

use std::collections::HashSet;

use crate::contract::maps::Pass;
use crate::contract::metadata::ModelMetadata;
use crate::contract::names::{logits_output, map_output, map_row_tap, own_input};
use crate::error::{Error, Result};
use crate::graph::operators::TensorId;
use crate::graph::typed_graph::Graph;

/// One stage: a graph that makes `logits_k`, maps, and what later stages need.
///
/// Its inputs are inputs of the whole graph and outputs of earlier stages, by name. Its first output is `logits_k`;
/// the maps that it makes follow, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The nodes of the stage.
    pub graph: Graph,
}

/// The pixel pass without the nodes that no output needs: all logits and, in their order, the maps of the pass.
pub fn pixel_pass(graph: &Graph, metadata: &ModelMetadata) -> Result<Graph> {
    let logits = (0..metadata.channels()).map(|channel| output(graph, logits_output(channel)));
    let outputs = logits.chain(maps_of(graph, metadata, Pass::Pixel));
    graph.extract(graph.inputs(), &outputs.collect::<Result<Vec<_>>>()?)
}

/// The row pass: from the row taps, the maps of the pass in their order. `None` when there are none.
pub fn row_pass(graph: &Graph, metadata: &ModelMetadata) -> Result<Option<Graph>> {
    let outputs = maps_of(graph, metadata, Pass::Row).collect::<Result<Vec<_>>>()?;
    if outputs.is_empty() {
        return Ok(None);
    }
    graph.extract(graph.inputs(), &outputs).map(Some)
}

/// The stages of the pixel pass, in decoding order.
pub fn split(graph: &Graph, metadata: &ModelMetadata) -> Result<Vec<Stage>> {
    let graph = pixel_pass(graph, metadata)?;
    let channels = metadata.channels();
    let logits = (0..channels).map(|channel| output(&graph, logits_output(channel)));
    let logits = logits.collect::<Result<Vec<_>>>()?;
    let levels = levels(&graph, channels, &logits)?;
    (0..channels)
        .map(|stage| extract(&graph, &levels, &logits, stage))
        .collect()
}

/// Checks that no result needs an input that its pass does not have.
pub(crate) fn expect_separate_passes(graph: &Graph, metadata: &ModelMetadata) -> Result<()> {
    let row_inputs = metadata.maps().iter().enumerate().flat_map(|(index, map)| {
        let names = (0..map.row_taps.len()).map(move |tap| map_row_tap(index, tap));
        names.filter_map(|name| graph.find(&name))
    });
    let row_inputs: HashSet<TensorId> = row_inputs.collect();
    let others = graph.inputs().iter().filter(|id| !row_inputs.contains(id));
    let from_row = readers(graph, row_inputs.iter());
    let from_pixel = readers(graph, others);
    for &id in graph.outputs() {
        let name = &graph.tensor(id).name;
        let maps = metadata.maps().iter().enumerate();
        let mut rows = maps.filter(|(_, map)| map.pass == Pass::Row);
        let (pass, foreign) = if rows.any(|(index, _)| map_output(index) == *name) {
            ("row", &from_pixel)
        } else {
            ("pixel", &from_row)
        };
        if let Some(input) = foreign[id.index()] {
            return Err(Error::WrongPass {
                output: name.clone(),
                pass,
                input: graph.tensor(input).name.clone(),
            });
        }
    }
    Ok(())
}

/// Finds for every tensor one of `inputs` that it depends on.
fn readers<'a>(graph: &Graph, inputs: impl Iterator<Item = &'a TensorId>) -> Vec<Option<TensorId>> {
    let mut readers = vec![None; graph.tensors().len()];
    for &id in inputs {
        readers[id.index()] = Some(id);
    }
    for node in graph.nodes() {
        let mut sources = node.op.inputs().iter().map(|id| readers[id.index()]);
        readers[node.output.index()] = sources.find_map(|source| source);
    }
    readers
}

fn maps_of<'a>(
    graph: &'a Graph,
    metadata: &'a ModelMetadata,
    pass: Pass,
) -> impl Iterator<Item = Result<TensorId>> + 'a {
    let maps = metadata.maps().iter().enumerate();
    let maps = maps.filter(move |(_, map)| map.pass == pass);
    maps.map(|(index, _)| output(graph, map_output(index)))
}

fn output(graph: &Graph, name: String) -> Result<TensorId> {
    let id = graph.find(&name).filter(|id| graph.outputs().contains(id));
    id.ok_or_else(|| Error::form("outputs", name, "none"))
}

/// The stage of every tensor.
fn levels(graph: &Graph, channels: usize, logits: &[TensorId]) -> Result<Vec<usize>> {
    let mut levels = vec![0; graph.tensors().len()];
    for channel in 0..channels {
        if let Some(id) = graph.find(&own_input(channel)) {
            levels[id.index()] = channel + 1;
        }
    }
    for node in graph.nodes() {
        let inputs = node.op.inputs().iter().map(|id| levels[id.index()]);
        let mut level = inputs.max().unwrap_or(0);
        if let Some(channel) = logits.iter().position(|&id| id == node.output) {
            if level > channel {
                return Err(Error::NotCausal {
                    output: logits_output(channel),
                    input: own_input(level - 1),
                });
            }
            level = channel;
        }
        levels[node.output.index()] = level;
    }
    Ok(levels)
}

fn extract(graph: &Graph, levels: &[usize], logits: &[TensorId], stage: usize) -> Result<Stage> {
    let level = |id: &TensorId| levels[id.index()];
    let made: Vec<TensorId> = graph.nodes().iter().map(|node| node.output).collect();
    let later = graph
        .nodes()
        .iter()
        .filter(|node| level(&node.output) > stage);
    let read_later: HashSet<TensorId> = later.flat_map(|node| node.op.inputs()).copied().collect();
    let maps = graph.outputs().iter().filter(|id| !logits.contains(id));
    let maps: Vec<TensorId> = maps.filter(|id| level(id) == stage).copied().collect();
    let here = made.iter().filter(|id| level(id) == stage);
    let kept = here.filter(|id| read_later.contains(id) && **id != logits[stage]);
    let kept = kept.filter(|id| !maps.contains(id));
    let outputs: Vec<TensorId> = std::iter::once(&logits[stage])
        .chain(&maps)
        .chain(kept)
        .copied()
        .collect();

    let earlier = made.iter().filter(|id| level(id) < stage);
    let inputs: Vec<TensorId> = graph.inputs().iter().chain(earlier).copied().collect();
    let graph = graph.extract(&inputs, &outputs)?;
    Ok(Stage { graph })
}
