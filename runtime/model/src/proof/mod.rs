//! The exactness proof of `docs/model.md`, *Operators*: graph in, one bound per summing or rounding node out.
//!
//! Every tensor channel carries a range and a grid: its values are multiples of `2^−grid` in `low..=high`. A float32
//! sum is exact in every order when the sum of its terms' magnitudes, in units of the result's grid, is below 2^24.

pub(crate) mod bound;
mod value_range;
mod rules;

use std::collections::HashMap;

use crate::contract::maps::MapMetadata;
use crate::contract::metadata::ModelMetadata;
use crate::contract::names::{CONTEXT, map_output};
use crate::error::{Error, Result};
use crate::graph::limits::MAX_CHAIN;
use crate::graph::operators::{Node, Op, Tensor, TensorId};
use crate::graph::typed_graph::Graph;
use crate::proof::bound::Bound;
use crate::proof::rules::Proven;
use crate::proof::value_range::Channel;

/// Proves every node of a graph with the inputs that the metadata describe.
pub fn prove(graph: &Graph, metadata: &ModelMetadata) -> Result<Vec<Bound>> {
    Ok(Proof::of_graph(graph, metadata)?.bounds)
}

/// The proven largest magnitude of every tensor of integers, by name.
pub fn magnitudes(graph: &Graph, metadata: &ModelMetadata) -> Result<HashMap<String, u32>> {
    let proof = Proof::of_graph(graph, metadata)?;
    let limit = f64::from(u32::MAX);
    let tensors = graph.tensors().iter().zip(&proof.channels);
    let integers = tensors.filter_map(|(tensor, channels)| {
        let all = channels.iter().all(|c| c.is_integers_in(-limit, limit));
        let largest = channels.iter().map(Channel::magnitude).fold(0.0, f64::max);
        all.then(|| (tensor.name.clone(), largest as u32))
    });
    Ok(integers.collect())
}

/// What is known about every tensor of a graph.
pub(crate) struct Proof<'a> {
    graph: &'a Graph,
    channels: Vec<Vec<Channel>>,
    bounds: Vec<Bound>,
}

impl<'a> Proof<'a> {
    pub(crate) fn of_graph(graph: &'a Graph, metadata: &ModelMetadata) -> Result<Self> {
        let mut proof = Proof {
            graph,
            channels: vec![Vec::new(); graph.tensors().len()],
            bounds: Vec::new(),
        };
        let maps: HashMap<String, &MapMetadata> = metadata.map_inputs().collect();
        for &id in graph.inputs() {
            let tensor = graph.tensor(id);
            proof.channels[id.index()] = match maps.get(&tensor.name) {
                Some(map) => {
                    let (low, high) = (map.low.into(), map.high.into());
                    vec![Channel::integers(low, high); tensor.channels]
                }
                None => differences(tensor, metadata),
            };
        }
        expect_short_chains(graph)?;
        for node in graph.nodes() {
            let Proven { channels, bound } = proof.node(node)?;
            proof.channels[node.output.index()] = channels;
            proof.bounds.extend(bound);
        }
        proof.expect_maps(metadata)?;
        Ok(proof)
    }

    /// The grid of every tensor and channel, whose values are multiples of `2^−grid`; 0 for a channel that is always 0.
    pub(crate) fn grids(&self) -> Vec<Vec<i32>> {
        let of = |channel: &Channel| channel.grid.unwrap_or(0);
        let tensors = self.channels.iter();
        tensors
            .map(|channels| channels.iter().map(of).collect())
            .collect()
    }

    /// The smallest and the largest integer of each channel of an input.
    pub(crate) fn ranges(&self, input: TensorId) -> impl Iterator<Item = (i32, i32)> {
        let channels = self.of(input).iter();
        channels.map(|channel| (channel.low as i32, channel.high as i32))
    }

    fn of(&self, id: TensorId) -> &[Channel] {
        &self.channels[id.index()]
    }

    fn node(&self, node: &Node) -> Result<Proven> {
        match &node.op {
            Op::Conv {
                input,
                weight,
                bias,
            } => rules::conv(node, self.of(*input), weight, bias),
            Op::QLinearConv { weight, bias, .. } => rules::qlinear_conv(node, weight, bias),
            Op::Add {
                inputs: [left, right],
            } => rules::add(node, self.of(*left), self.of(*right)),
            Op::AddConst { input, values } => rules::add_const(node, self.of(*input), values),
            Op::Mul {
                inputs: [left, right],
            } => rules::mul(node, self.of(*left), self.of(*right)),
            Op::Scale { input, exponent } => rules::scale(node, self.of(*input), *exponent),
            Op::Table { input, values } => rules::table(node, self.of(*input), values),
            Op::Clip { input, low, high } => rules::clip(node, self.of(*input), *low, *high),
            Op::Round { input } => {
                self.expect_clipped(node, *input)?;
                rules::round(node, self.of(*input))
            }
            Op::Cast { input, to } => rules::cast(node, self.of(*input), *to),
            Op::Concat { inputs } => {
                let parts = inputs.iter().map(|&id| self.of(id));
                Ok(Proven::without_bound(parts.flatten().copied().collect()))
            }
        }
    }

    /// Checks that the operand is a clip's result: runtimes fold an addition of a constant into the convolution before
    /// it, which would round that one's sums.
    fn expect_clipped(&self, node: &Node, input: TensorId) -> Result<()> {
        let mut nodes = self.graph.nodes().iter();
        let maker = nodes.find(|maker| maker.output == input);
        match maker.map(|maker| &maker.op) {
            Some(Op::Clip { .. }) => Ok(()),
            other => {
                let found = other.map_or("an input", Op::name);
                let expected = "rounding of a Clip's result";
                Err(Error::not_exact(&node.name, expected, found))
            }
        }
    }

    /// Checks that maps, which are read again as inputs, keep the range that the metadata give them.
    fn expect_maps(&self, metadata: &ModelMetadata) -> Result<()> {
        for (index, map) in metadata.maps().iter().enumerate() {
            let Some(id) = self.graph.find(&map_output(index)) else {
                continue;
            };
            let (low, high) = (map.low.into(), map.high.into());
            let mut channels = self.of(id).iter();
            if let Some(channel) = channels.find(|channel| !channel.is_integers_in(low, high)) {
                let expected = format!("integers in {low}..={high}");
                let found = channel.spelled();
                return Err(Error::not_exact(&map_output(index), expected, found));
            }
        }
        Ok(())
    }
}

/// Refuses long chains of nodes that calculate next to nothing: runtimes take long to prepare them.
fn expect_short_chains(graph: &Graph) -> Result<()> {
    let mut chains = vec![0; graph.tensors().len()];
    for node in graph.nodes() {
        let longest = node.op.inputs().iter().map(|id| chains[id.index()]).max();
        let chain = match node.op {
            Op::Conv { .. } | Op::QLinearConv { .. } | Op::Table { .. } => 0,
            _ => longest.unwrap_or(0) + 1,
        };
        if chain > MAX_CHAIN {
            return Err(Error::Limit {
                what: format!("nodes between convolutions or tables, up to {}", node.name),
                limit: MAX_CHAIN,
                found: chain,
            });
        }
        chains[node.output.index()] = chain;
    }
    Ok(())
}

/// The integers of the context, whose last ones may be bases less 128, and of own channels.
fn differences(tensor: &Tensor, metadata: &ModelMetadata) -> Vec<Channel> {
    let largest = (metadata.levels() - 1) as f64;
    let mut channels = vec![Channel::integers(-largest, largest); tensor.channels];
    let bases = metadata.base_features();
    if tensor.name == CONTEXT {
        let differences = channels.len().saturating_sub(bases);
        channels[differences..].fill(Channel::integers(-128.0, 127.0));
    }
    channels
}
