//! Replaces `QLinearConv` by its float32 twin (`docs/model.md`, *Lowering*): the same integers from other operators.
//!
//! In the result, float32 carries every uint8 tensor but the graph's outputs, so casts between layers vanish.

use crate::error::Result;
use crate::graph::operators::{Element, Matrix, Node, Op, TensorId};
use crate::graph::power_of_two::pow2;
use crate::graph::typed_graph::Graph;

/// Rewrites the graph without `QLinearConv`, with the same inputs and outputs.
pub fn lower(graph: &Graph) -> Result<Graph> {
    let mut lowering = Lowering {
        source: graph,
        twin: Graph::new(),
        carriers: vec![None; graph.tensors().len()],
    };
    for &id in graph.inputs() {
        let tensor = graph.tensor(id);
        let carried = lowering
            .twin
            .input(&tensor.name, tensor.element, tensor.channels)?;
        lowering.carriers[id.index()] = Some(carried);
    }
    graph
        .nodes()
        .iter()
        .try_for_each(|node| lowering.node(node))?;
    graph
        .outputs()
        .iter()
        .try_for_each(|&id| lowering.output(id))?;
    Ok(lowering.twin)
}

struct Lowering<'a> {
    source: &'a Graph,
    twin: Graph,
    /// The float32 tensor of the twin that carries a tensor of the source.
    carriers: Vec<Option<TensorId>>,
}

impl Lowering<'_> {
    fn node(&mut self, node: &Node) -> Result<()> {
        let carried = match &node.op {
            Op::QLinearConv {
                input,
                weight,
                bias,
                shifts,
            } => self.qlinear_conv(node, *input, weight, bias, shifts)?,
            // Both sides of a cast are carried by one float32 tensor.
            Op::Cast { input, .. } => self.carried(*input),
            other => {
                let op = other.map_inputs(|id| self.carried(id));
                self.twin.push(&self.carrier(node), op)?
            }
        };
        self.carriers[node.output.index()] = Some(carried);
        Ok(())
    }

    fn qlinear_conv(
        &mut self,
        node: &Node,
        input: TensorId,
        weight: &Matrix<i8>,
        bias: &[i32],
        shifts: &[u32],
    ) -> Result<TensorId> {
        let scale = |row: usize| pow2(-(shifts[row] as i32));
        let rows = (0..weight.rows()).flat_map(|row| {
            let weights = weight.row(row).iter();
            weights.map(move |&value| f32::from(value) * scale(row))
        });
        let weights = Matrix::new(weight.rows(), weight.columns(), rows.collect())?;
        let bias = bias.iter().enumerate();
        let bias = bias
            .map(|(row, &value)| value as f32 * scale(row))
            .collect();
        let carrier = self.carrier(node);
        let input = self.carried(input);
        let sum = self
            .twin
            .conv(&self.fresh(&format!("{carrier}.f32")), input, weights, bias)?;
        let clipped = self
            .twin
            .clip(&self.fresh(&format!("{carrier}.clip")), sum, 0.0, 255.0)?;
        self.twin.round(&carrier, clipped)
    }

    /// Adds an output, with its element type and name.
    fn output(&mut self, id: TensorId) -> Result<()> {
        let tensor = self.source.tensor(id);
        let carried = self.carried(id);
        let carried = match tensor.element {
            Element::U8 => self.twin.cast(&tensor.name, carried, Element::U8)?,
            Element::F32 if self.twin.tensor(carried).name == tensor.name => carried,
            // A cast that vanished made it.
            Element::F32 => self.twin.scale(&tensor.name, carried, 0)?,
        };
        self.twin.output(carried)
    }

    /// The name of the tensor that carries a node's result: the same, unless it is a uint8 output's.
    fn carrier(&self, node: &Node) -> String {
        let tensor = self.source.tensor(node.output);
        let output = self.source.outputs().contains(&node.output);
        match (output, tensor.element) {
            (true, Element::U8) => self.fresh(&format!("{}.carried", tensor.name)),
            _ => tensor.name.clone(),
        }
    }

    /// A name that neither graph has.
    fn fresh(&self, name: &str) -> String {
        let mut name = name.to_owned();
        while self.source.find(&name).is_some() || self.twin.find(&name).is_some() {
            name.push('_');
        }
        name
    }

    /// The carrier of an operand. Operands stand before the nodes that read them.
    fn carried(&self, id: TensorId) -> TensorId {
        self.carriers[id.index()].unwrap_or(id)
    }
}
