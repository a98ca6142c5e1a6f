//! A typed graph of [operators](crate::Op) whose shapes are checked.
//!
//! The exporter builds one with the methods named after the operators; [`crate::graph_reader`] builds one from a file.
//! Every tensor is `[1, channels, N]`; nodes stand in an order in which they can be run.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::operators::{Element, MAX_EXPONENT, Matrix, Node, Op, Tensor, TensorId};

/// The largest legal number of nodes of a graph.
pub const MAX_NODES: usize = 4096;
/// The largest legal sum of the channels of all tensors: what a lane costs in memory.
pub const MAX_CHANNELS: usize = 1 << 17;
/// The largest legal sum of the weights of all convolutions; a weight that several nodes use counts for each of them.
pub const MAX_WEIGHTS: usize = 1 << 24;
/// The largest legal number of values of a table.
pub const MAX_TABLE: usize = 1 << 16;
/// The largest legal sum of the values of all tables; values that several nodes use count for each of them.
pub const MAX_TABLE_VALUES: usize = 1 << 22;

/// A graph whose tensors, shapes and element types agree and whose nodes can be run in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    tensors: Vec<Tensor>,
    names: HashMap<String, TensorId>,
    inputs: Vec<TensorId>,
    outputs: Vec<TensorId>,
    nodes: Vec<Node>,
    channels: usize,
    weights: usize,
    table_values: usize,
}

impl Graph {
    /// A graph without tensors.
    pub fn new() -> Self {
        Self::default()
    }

    /// All tensors; a [`TensorId`] is an index into them.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// One tensor. Panics when `id` is another graph's.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// The tensor of that name.
    pub fn find(&self, name: &str) -> Option<TensorId> {
        self.names.get(name).copied()
    }

    /// The inputs, in order.
    pub fn inputs(&self) -> &[TensorId] {
        &self.inputs
    }

    /// The outputs, in order.
    pub fn outputs(&self) -> &[TensorId] {
        &self.outputs
    }

    /// The nodes, each after those whose results it reads.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The sum of the channels of all tensors, at most [`MAX_CHANNELS`].
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The sum of the weights of all nodes, at most [`MAX_WEIGHTS`]: multiplications per lane.
    pub fn weights(&self) -> usize {
        self.weights
    }

    /// The sum of the values of all tables, at most [`MAX_TABLE_VALUES`].
    pub fn table_values(&self) -> usize {
        self.table_values
    }

    /// Adds an input of the graph.
    pub fn input(&mut self, name: &str, element: Element, channels: usize) -> Result<TensorId> {
        let id = self.add_tensor(name, element, channels)?;
        self.inputs.push(id);
        Ok(id)
    }

    /// Makes a tensor an output of the graph.
    pub fn output(&mut self, id: TensorId) -> Result<()> {
        if self.outputs.contains(&id) {
            let place = format!("output {}", self.tensor(id).name);
            return Err(Error::form(place, "one output of that name", "two"));
        }
        self.outputs.push(id);
        Ok(())
    }

    /// Adds a node whose result has the node's name.
    pub fn push(&mut self, name: &str, op: Op) -> Result<TensorId> {
        self.push_as(name, name, op)
    }

    /// Adds a node whose result has a name of its own.
    pub fn push_as(&mut self, name: &str, result: &str, op: Op) -> Result<TensorId> {
        if self.nodes.len() >= MAX_NODES {
            return Err(limit("nodes", MAX_NODES, self.nodes.len() + 1));
        }
        let (element, channels) = self.result_of(name, &op)?;
        let weights = self.weights.saturating_add(op.weights());
        if weights > MAX_WEIGHTS {
            return Err(limit("weights of all nodes", MAX_WEIGHTS, weights));
        }
        let table_values = self.table_values.saturating_add(op.table_values());
        if table_values > MAX_TABLE_VALUES {
            return Err(limit(
                "values of all tables",
                MAX_TABLE_VALUES,
                table_values,
            ));
        }
        let output = self.add_tensor(result, element, channels)?;
        self.weights = weights;
        self.table_values = table_values;
        self.nodes.push(Node {
            name: name.to_owned(),
            op,
            output,
        });
        Ok(output)
    }

    /// float32 `weight · input + bias`.
    pub fn conv(
        &mut self,
        name: &str,
        input: TensorId,
        weight: Matrix<f32>,
        bias: Vec<f32>,
    ) -> Result<TensorId> {
        self.push(
            name,
            Op::Conv {
                input,
                weight,
                bias,
            },
        )
    }

    /// uint8 `saturate(round((weight · input + bias) · 2^−shift))`.
    pub fn qlinear_conv(
        &mut self,
        name: &str,
        input: TensorId,
        weight: Matrix<i8>,
        bias: Vec<i32>,
        shifts: Vec<u32>,
    ) -> Result<TensorId> {
        let op = Op::QLinearConv {
            input,
            weight,
            bias,
            shifts,
        };
        self.push(name, op)
    }

    /// The sum of two float32 tensors of equal shape.
    pub fn add(&mut self, name: &str, left: TensorId, right: TensorId) -> Result<TensorId> {
        let inputs = [left, right];
        self.push(name, Op::Add { inputs })
    }

    /// The sum of a float32 tensor and one value, or one per channel.
    pub fn add_const(&mut self, name: &str, input: TensorId, values: Vec<f32>) -> Result<TensorId> {
        self.push(name, Op::AddConst { input, values })
    }

    /// The product of two float32 tensors of equal shape.
    pub fn mul(&mut self, name: &str, left: TensorId, right: TensorId) -> Result<TensorId> {
        let inputs = [left, right];
        self.push(name, Op::Mul { inputs })
    }

    /// A float32 tensor times `2^exponent`.
    pub fn scale(&mut self, name: &str, input: TensorId, exponent: i32) -> Result<TensorId> {
        self.push(name, Op::Scale { input, exponent })
    }

    /// `values[input]`, where `input` is a float32 tensor of integers in `0..values.len()`.
    pub fn table(&mut self, name: &str, input: TensorId, values: Vec<f32>) -> Result<TensorId> {
        self.push(name, Op::Table { input, values })
    }

    /// A float32 tensor limited to `low..=high`.
    pub fn clip(&mut self, name: &str, input: TensorId, low: f32, high: f32) -> Result<TensorId> {
        self.push(name, Op::Clip { input, low, high })
    }

    /// A clipped float32 tensor rounded to the nearest integers, ties to even.
    pub fn round(&mut self, name: &str, input: TensorId) -> Result<TensorId> {
        self.push(name, Op::Round { input })
    }

    /// A tensor in the other element type.
    pub fn cast(&mut self, name: &str, input: TensorId, to: Element) -> Result<TensorId> {
        self.push(name, Op::Cast { input, to })
    }

    /// Tensors, their channels after one another.
    pub fn concat(&mut self, name: &str, inputs: Vec<TensorId>) -> Result<TensorId> {
        self.push(name, Op::Concat { inputs })
    }

    /// The graph that computes `outputs` from `inputs`, with the nodes that this takes and no others, under the same names.
    ///
    /// Fails when an output also depends on an input of the graph that is not among `inputs`.
    pub fn extract(&self, inputs: &[TensorId], outputs: &[TensorId]) -> Result<Graph> {
        let needed = self.needed(inputs, outputs);
        let mut part = Graph::new();
        let mut places = vec![None; self.tensors.len()];
        for &id in inputs.iter().filter(|id| needed[id.0]) {
            let tensor = self.tensor(id);
            places[id.0] = Some(part.input(&tensor.name, tensor.element, tensor.channels)?);
        }
        for node in &self.nodes {
            let result = node.output;
            if !needed[result.0] || places[result.0].is_some() {
                continue;
            }
            if let Some(&id) = node.op.inputs().iter().find(|id| places[id.0].is_none()) {
                return Err(Error::NotCausal {
                    output: node.name.clone(),
                    input: self.tensor(id).name.clone(),
                });
            }
            let op = node.op.map_inputs(|id| places[id.0].unwrap_or(id));
            let name = &self.tensor(result).name;
            places[result.0] = Some(part.push_as(&node.name, name, op)?);
        }
        for &id in outputs {
            let name = &self.tensor(id).name;
            let place = places[id.0].ok_or_else(|| Error::NotCausal {
                output: name.clone(),
                input: name.clone(),
            })?;
            part.output(place)?;
        }
        Ok(part)
    }

    /// Adds the inputs, nodes and outputs of another graph, with `prefix` before their names.
    pub fn append(&mut self, prefix: &str, other: &Graph) -> Result<()> {
        let named = |name: &str| format!("{prefix}{name}");
        let mut places = vec![None; other.tensors.len()];
        for &id in &other.inputs {
            let tensor = other.tensor(id);
            places[id.0] =
                Some(self.input(&named(&tensor.name), tensor.element, tensor.channels)?);
        }
        for node in &other.nodes {
            let op = node.op.map_inputs(|id| places[id.0].unwrap_or(id));
            let result = named(&other.tensor(node.output).name);
            places[node.output.0] = Some(self.push_as(&named(&node.name), &result, op)?);
        }
        let outputs = other.outputs.iter().filter_map(|id| places[id.0]);
        outputs
            .collect::<Vec<_>>()
            .into_iter()
            .try_for_each(|id| self.output(id))
    }

    /// Two graphs: of the tensors whose names do not begin with `prefix`, and of those whose names do, without it.
    ///
    /// Fails when one depends on the other.
    pub fn split_off(&self, prefix: &str) -> Result<[Graph; 2]> {
        let side = |name: &'_ str| usize::from(name.starts_with(prefix));
        let short = |name: &str| name.strip_prefix(prefix).unwrap_or(name).to_owned();
        let mut graphs = [Graph::new(), Graph::new()];
        let mut places = vec![None; self.tensors.len()];
        for &id in &self.inputs {
            let tensor = self.tensor(id);
            let graph = &mut graphs[side(&tensor.name)];
            places[id.0] =
                Some(graph.input(&short(&tensor.name), tensor.element, tensor.channels)?);
        }
        for node in &self.nodes {
            let result = &self.tensor(node.output).name;
            let foreign = |id: &&TensorId| side(&self.tensor(**id).name) != side(result);
            if let Some(&id) = node.op.inputs().iter().find(foreign) {
                return Err(Error::WrongNetwork {
                    output: result.clone(),
                    input: self.tensor(id).name.clone(),
                });
            }
            let op = node.op.map_inputs(|id| places[id.0].unwrap_or(id));
            let graph = &mut graphs[side(result)];
            let place = graph.push_as(&short(&node.name), &short(result), op)?;
            places[node.output.0] = Some(place);
        }
        for &id in &self.outputs {
            if let Some(place) = places[id.0] {
                graphs[side(&self.tensor(id).name)].output(place)?;
            }
        }
        Ok(graphs)
    }

    /// For each tensor: whether `outputs` need it when `inputs` are given.
    fn needed(&self, inputs: &[TensorId], outputs: &[TensorId]) -> Vec<bool> {
        let mut needed = vec![false; self.tensors.len()];
        outputs.iter().for_each(|id| needed[id.0] = true);
        for node in self.nodes.iter().rev() {
            if needed[node.output.0] && !inputs.contains(&node.output) {
                node.op.inputs().iter().for_each(|id| needed[id.0] = true);
            }
        }
        needed
    }

    fn add_tensor(&mut self, name: &str, element: Element, channels: usize) -> Result<TensorId> {
        let place = format!("tensor {name:?}");
        if name.is_empty() || self.names.contains_key(name) {
            return Err(Error::form(
                place,
                "a name of its own",
                "a name in use or none",
            ));
        }
        if channels == 0 {
            return Err(Error::form(place, "at least one channel", 0));
        }
        let total = self.channels.saturating_add(channels);
        if total > MAX_CHANNELS {
            return Err(limit("channels of all tensors", MAX_CHANNELS, total));
        }
        self.channels = total;
        let id = TensorId(self.tensors.len());
        self.names.insert(name.to_owned(), id);
        self.tensors.push(Tensor {
            name: name.to_owned(),
            element,
            channels,
        });
        Ok(id)
    }

    /// Element type and channels of an operation's result; fails when its operands do not fit.
    fn result_of(&self, name: &str, op: &Op) -> Result<(Element, usize)> {
        let place = || format!("node {name}");
        let operand = |id: TensorId, element: Element| self.operand(name, id, element);
        match op {
            Op::Conv {
                input,
                weight,
                bias,
            } => {
                let channels = operand(*input, Element::F32)?;
                expect_count(name, "weight columns", weight.columns(), channels)?;
                expect_count(name, "bias values", bias.len(), weight.rows())?;
                Ok((Element::F32, weight.rows()))
            }
            Op::QLinearConv {
                input,
                weight,
                bias,
                shifts,
            } => {
                let channels = operand(*input, Element::U8)?;
                expect_count(name, "weight columns", weight.columns(), channels)?;
                expect_count(name, "bias values", bias.len(), weight.rows())?;
                expect_count(name, "scales", shifts.len(), weight.rows())?;
                Ok((Element::U8, weight.rows()))
            }
            Op::Add {
                inputs: [left, right],
            }
            | Op::Mul {
                inputs: [left, right],
            } => {
                let channels = operand(*left, Element::F32)?;
                expect_count(name, "channels", operand(*right, Element::F32)?, channels)?;
                Ok((Element::F32, channels))
            }
            Op::AddConst { input, values } => {
                let channels = operand(*input, Element::F32)?;
                if values.len() != 1 {
                    expect_count(name, "values", values.len(), channels)?;
                }
                Ok((Element::F32, channels))
            }
            Op::Scale { input, exponent } => {
                if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(exponent) {
                    let expected = format!("an exponent of −{MAX_EXPONENT} to {MAX_EXPONENT}");
                    return Err(Error::form(place(), expected, exponent));
                }
                Ok((Element::F32, operand(*input, Element::F32)?))
            }
            Op::Table { input, values } => {
                if !(1..=MAX_TABLE).contains(&values.len()) {
                    let expected = format!("1 to {MAX_TABLE} values");
                    return Err(Error::form(place(), expected, values.len()));
                }
                Ok((Element::F32, operand(*input, Element::F32)?))
            }
            Op::Clip { input, .. } | Op::Round { input } => {
                Ok((Element::F32, operand(*input, Element::F32)?))
            }
            Op::Cast { input, to } => {
                let from = match to {
                    Element::F32 => Element::U8,
                    Element::U8 => Element::F32,
                };
                Ok((*to, operand(*input, from)?))
            }
            Op::Concat { inputs } => {
                let first = inputs
                    .first()
                    .ok_or_else(|| Error::form(place(), "an input", "none"))?;
                let element = self.known(name, *first)?.element;
                let channels = inputs.iter().map(|&id| operand(id, element));
                let total = channels.sum::<Result<usize>>()?;
                Ok((element, total))
            }
        }
    }

    fn known(&self, name: &str, id: TensorId) -> Result<&Tensor> {
        let tensor = self.tensors.get(id.0);
        tensor.ok_or_else(|| Error::form(format!("node {name}"), "a tensor of this graph", id.0))
    }

    /// The channels of an operand that must have this element type.
    fn operand(&self, name: &str, id: TensorId, element: Element) -> Result<usize> {
        let tensor = self.known(name, id)?;
        if tensor.element != element {
            let place = format!("node {name}, input {}", tensor.name);
            return Err(Error::form(place, element, tensor.element));
        }
        Ok(tensor.channels)
    }
}

fn expect_count(name: &str, what: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    let expected = format!("{expected} {what}");
    Err(Error::form(format!("node {name}"), expected, found))
}

fn limit(what: &str, limit: usize, found: usize) -> Error {
    Error::Limit {
        what: what.to_owned(),
        limit: limit as u64,
        found: found as u64,
    }
}
