//! A typed graph of [operators](crate::Op) whose shapes are checked.
//!
//! The exporter builds one with the methods named after the operators; [`reader`](crate::graph::reader) builds one
//! from a file. Every tensor is `[1, channels, N]`; nodes stand in an order in which they can be run.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::graph::limits::{MAX_CHANNELS, MAX_NODES, MAX_TABLE_VALUES, MAX_WEIGHTS};
use crate::graph::operators::{Element, Matrix, Node, Op, Tensor, TensorId};
use crate::graph::shapes;

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
    /// Creates a graph without tensors.
    pub fn new() -> Self {
        Self::default()
    }

    /// All tensors; a [`TensorId`] is an index into them.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Returns a tensor. Panics when `id` is another graph's.
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

    /// The sum of the channels of all tensors, at most 2^17.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The sum of the weights of all nodes, at most 2^24: multiplications per lane.
    pub fn weights(&self) -> usize {
        self.weights
    }

    /// The sum of the values of all tables, at most 2^22.
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
            let what = format!("output {}", self.tensor(id).name);
            return Err(Error::form(what, "one output of that name", "two"));
        }
        self.outputs.push(id);
        Ok(())
    }

    /// Gives the result of a node another name. Fails for an input.
    pub(crate) fn rename(&mut self, id: TensorId, name: &str) -> Result<()> {
        if self.inputs.contains(&id) || self.names.contains_key(name) {
            let what = format!("tensor {name:?}");
            return Err(Error::form(what, "the result of a node", "another tensor"));
        }
        let old = std::mem::replace(&mut self.tensors[id.0].name, name.to_owned());
        self.names.remove(&old);
        self.names.insert(name.to_owned(), id);
        Ok(())
    }

    /// Adds a node whose result has the node's name.
    pub fn push(&mut self, name: &str, op: Op) -> Result<TensorId> {
        self.push_as(name, name, op)
    }

    /// Adds a node whose result has another name.
    pub fn push_as(&mut self, name: &str, result: &str, op: Op) -> Result<TensorId> {
        if self.nodes.len() >= MAX_NODES {
            return Err(limit("nodes", MAX_NODES, self.nodes.len() + 1));
        }
        let (element, channels) = shapes::result_of(&self.tensors, name, &op)?;
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

    fn add_tensor(&mut self, name: &str, element: Element, channels: usize) -> Result<TensorId> {
        let what = format!("tensor {name:?}");
        if name.is_empty() || self.names.contains_key(name) {
            return Err(Error::form(what, "a unique name", "a name in use or none"));
        }
        if channels == 0 {
            return Err(Error::form(what, "at least one channel", 0));
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
}

fn limit(what: &str, limit: usize, found: usize) -> Error {
    Error::Limit {
        what: what.to_owned(),
        limit: limit as u64,
        found: found as u64,
    }
}
