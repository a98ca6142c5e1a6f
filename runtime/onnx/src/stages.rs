//! Splits a teacher-forced graph into the stages that decoding runs (`docs/model.md`, *Tensors*).
//!
//! A node belongs to stage `k` when `own_{k−1}` is the highest own channel that it depends on; the node that makes
//! `logits_k` always belongs to stage `k`.

use crate::contract::{logits_output, own_input};
use crate::error::{Error, Result};
use crate::graph::{Graph, TensorId};

/// One stage: a graph that makes `logits_k` and what later stages need.
///
/// Its inputs are inputs of the whole graph and outputs of earlier stages, by name. Its first output is `logits_k`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The nodes of the stage.
    pub graph: Graph,
}

/// The graph without the nodes that no output needs.
pub fn whole(graph: &Graph) -> Result<Graph> {
    graph.extract(graph.inputs(), graph.outputs())
}

/// The stages of a graph with `channels` channels, in decoding order.
pub fn split(graph: &Graph, channels: usize) -> Result<Vec<Stage>> {
    let graph = whole(graph)?;
    let logits = named(&graph, channels, logits_output)?;
    let levels = levels(&graph, channels, &logits)?;
    (0..channels)
        .map(|stage| extract(&graph, &levels, &logits, stage))
        .collect()
}

fn named(graph: &Graph, count: usize, name: impl Fn(usize) -> String) -> Result<Vec<TensorId>> {
    let ids = (0..count).map(|channel| {
        let name = name(channel);
        let id = graph.find(&name).filter(|id| graph.outputs().contains(id));
        id.ok_or_else(|| Error::form("outputs", name, "none"))
    });
    ids.collect()
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
    let read_later: Vec<TensorId> = later.flat_map(|node| node.op.inputs()).copied().collect();
    let here = made.iter().filter(|id| level(id) == stage);
    let kept = here.filter(|id| read_later.contains(id) && **id != logits[stage]);
    let outputs: Vec<TensorId> = std::iter::once(&logits[stage])
        .chain(kept)
        .copied()
        .collect();

    let earlier = made.iter().filter(|id| level(id) < stage);
    let inputs: Vec<TensorId> = graph.inputs().iter().chain(earlier).copied().collect();
    let graph = graph.extract(&inputs, &outputs)?;
    Ok(Stage { graph })
}
