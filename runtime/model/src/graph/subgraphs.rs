//! Extracts what some outputs need from a graph, joins two graphs and takes them apart again.

use crate::error::{Error, Result};
use crate::graph::operators::TensorId;
use crate::graph::typed_graph::Graph;

impl Graph {
    /// Extracts the graph that computes `outputs` from `inputs`, with the nodes that this takes and no others, under
    /// the same names.
    ///
    /// Fails when an output also depends on an input of the graph that is not among `inputs`.
    pub fn extract(&self, inputs: &[TensorId], outputs: &[TensorId]) -> Result<Graph> {
        let needed = self.needed(inputs, outputs);
        let mut part = Graph::new();
        let mut copies = vec![None; self.tensors().len()];
        for &id in inputs.iter().filter(|id| needed[id.0]) {
            let tensor = self.tensor(id);
            copies[id.0] = Some(part.input(&tensor.name, tensor.element, tensor.channels)?);
        }
        for node in self.nodes() {
            let result = node.output;
            if !needed[result.0] || copies[result.0].is_some() {
                continue;
            }
            if let Some(&id) = node.op.inputs().iter().find(|id| copies[id.0].is_none()) {
                return Err(Error::NotCausal {
                    output: node.name.clone(),
                    input: self.tensor(id).name.clone(),
                });
            }
            let op = node.op.map_inputs(|id| copies[id.0].unwrap_or(id));
            let name = &self.tensor(result).name;
            copies[result.0] = Some(part.push_as(&node.name, name, op)?);
        }
        for &id in outputs {
            let name = &self.tensor(id).name;
            let copy = copies[id.0].ok_or_else(|| Error::NotCausal {
                output: name.clone(),
                input: name.clone(),
            })?;
            part.output(copy)?;
        }
        Ok(part)
    }

    /// Adds the inputs, nodes and outputs of another graph, with `prefix` before their names.
    pub fn append(&mut self, prefix: &str, other: &Graph) -> Result<()> {
        let named = |name: &str| format!("{prefix}{name}");
        let mut copies = vec![None; other.tensors().len()];
        for &id in other.inputs() {
            let tensor = other.tensor(id);
            copies[id.0] =
                Some(self.input(&named(&tensor.name), tensor.element, tensor.channels)?);
        }
        for node in other.nodes() {
            let op = node.op.map_inputs(|id| copies[id.0].unwrap_or(id));
            let result = named(&other.tensor(node.output).name);
            copies[node.output.0] = Some(self.push_as(&named(&node.name), &result, op)?);
        }
        let outputs = other.outputs().iter().filter_map(|id| copies[id.0]);
        outputs
            .collect::<Vec<_>>()
            .into_iter()
            .try_for_each(|id| self.output(id))
    }

    /// Splits the graph in two: one of the tensors whose names do not begin with `prefix`, and one of those whose names
    /// do, without the prefix.
    ///
    /// Fails when one depends on the other.
    pub fn split_off(&self, prefix: &str) -> Result<[Graph; 2]> {
        let side = |name: &'_ str| usize::from(name.starts_with(prefix));
        let short = |name: &str| name.strip_prefix(prefix).unwrap_or(name).to_owned();
        let mut graphs = [Graph::new(), Graph::new()];
        let mut copies = vec![None; self.tensors().len()];
        for &id in self.inputs() {
            let tensor = self.tensor(id);
            let graph = &mut graphs[side(&tensor.name)];
            copies[id.0] =
                Some(graph.input(&short(&tensor.name), tensor.element, tensor.channels)?);
        }
        for node in self.nodes() {
            let result = &self.tensor(node.output).name;
            let foreign = |id: &&TensorId| side(&self.tensor(**id).name) != side(result);
            if let Some(&id) = node.op.inputs().iter().find(foreign) {
                return Err(Error::WrongNetwork {
                    output: result.clone(),
                    input: self.tensor(id).name.clone(),
                });
            }
            let op = node.op.map_inputs(|id| copies[id.0].unwrap_or(id));
            let graph = &mut graphs[side(result)];
            let copy = graph.push_as(&short(&node.name), &short(result), op)?;
            copies[node.output.0] = Some(copy);
        }
        for &id in self.outputs() {
            if let Some(copy) = copies[id.0] {
                graphs[side(&self.tensor(id).name)].output(copy)?;
            }
        }
        Ok(graphs)
    }

    /// Says for each tensor whether `outputs` need it when `inputs` are given.
    fn needed(&self, inputs: &[TensorId], outputs: &[TensorId]) -> Vec<bool> {
        let mut needed = vec![false; self.tensors().len()];
        outputs.iter().for_each(|id| needed[id.0] = true);
        for node in self.nodes().iter().rev() {
            if needed[node.output.0] && !inputs.contains(&node.output) {
                node.op.inputs().iter().for_each(|id| needed[id.0] = true);
            }
        }
        needed
    }
}
