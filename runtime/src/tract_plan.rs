//! Turns a graph into a tract plan for a fixed number of lanes.
//!
//! Float32 graphs are wired operator by operator, with tensors of rank 2, `[channels, lanes]`. tract fuses bias, clip
//! and rounding into the matrix product. What it does slowly, adding a tensor inside a product and making uint8, or in many
//! passes, the sums of products of an LSTM's cell, is left to [`Finish`]. Graphs with int8 layers go through tract's ONNX reader, with tensors of rank 3.

use prost::Message;
use pxc_onnx::{ConvForm, Element, Graph, Lanes, Matrix, Node, Op, ROUND, TensorId};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::TypedConcat;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::math;

use crate::tract_finish::{Finish, Terms};
use crate::tract_table::Table;

/// A plan that sessions share.
pub(crate) type Plan = Arc<TypedSimplePlan>;

/// The plan of a float32 graph: inputs and outputs are `[channels, lanes]`.
pub(crate) fn from_float_graph(graph: &Graph, lanes: usize) -> TractResult<Plan> {
    let mut wiring = Wiring {
        graph,
        model: TypedModel::default(),
        outlets: vec![None; graph.tensors().len()],
    };
    for &id in graph.inputs() {
        let tensor = graph.tensor(id);
        let fact = f32::fact([tensor.channels, lanes]);
        wiring.outlets[id.index()] = Some(wiring.model.add_source(tensor.name.clone(), fact)?);
    }
    for step in steps(graph) {
        wiring.step(&step)?;
    }
    let outputs = graph.outputs().iter().map(|&id| wiring.outlet(id));
    let outputs = outputs.collect::<TractResult<Vec<_>>>()?;
    wiring.model.select_output_outlets(&outputs)?;
    wiring.model.optimize()?;
    wiring.model.into_runnable()
}

/// The plan of any graph: inputs and outputs are `[1, channels, lanes]`.
pub(crate) fn from_onnx(graph: &Graph, lanes: usize) -> TractResult<Plan> {
    let proto = graph.to_model_proto(Lanes::Fixed(lanes), ConvForm::Conv);
    let bytes = proto.encode_to_vec();
    let model = tract_onnx::onnx().model_for_read(&mut &bytes[..])?;
    model.into_optimized()?.into_runnable()
}

/// A node, or a [`Finish`] in place of several.
struct Step<'a> {
    node: &'a Node,
    finish: Option<(Finish, Vec<TensorId>)>,
}

impl Step<'_> {
    fn inputs(&self) -> &[TensorId] {
        match &self.finish {
            Some((_, inputs)) => inputs,
            None => self.node.op.inputs(),
        }
    }
}

/// What has to be computed for the outputs, in order.
fn steps(graph: &Graph) -> Vec<Step<'_>> {
    let mut makers = vec![None; graph.tensors().len()];
    for node in graph.nodes() {
        makers[node.output.index()] = Some(&node.op);
    }
    let mut needed = vec![false; graph.tensors().len()];
    graph
        .outputs()
        .iter()
        .for_each(|id| needed[id.index()] = true);
    let mut steps = Vec::new();
    for node in graph.nodes().iter().rev() {
        if !needed[node.output.index()] {
            continue;
        }
        let finish = finish_of(&node.op, &makers);
        let step = Step { node, finish };
        step.inputs()
            .iter()
            .for_each(|id| needed[id.index()] = true);
        steps.push(step);
    }
    steps.reverse();
    steps
}

/// The `Finish` that stands for an operation and those before it.
fn finish_of(op: &Op, makers: &[Option<&Op>]) -> Option<(Finish, Vec<TensorId>)> {
    let maker = |id: TensorId| makers[id.index()];
    match op {
        Op::Round { input } => match maker(*input)? {
            Op::Clip { input, low, high } => {
                let (terms, exponent, inputs) = terms_of(*input, makers)?;
                let finish = Finish::float(*low, *high).of(terms, exponent);
                Some((finish, inputs))
            }
            _ => None,
        },
        Op::Cast {
            input,
            to: Element::U8,
        } => Some(match maker(*input) {
            Some(Op::Round { input: clipped }) => match maker(*clipped) {
                Some(Op::Clip { input, low, high }) => (Finish::bytes(*low, *high), vec![*input]),
                _ => (Finish::bytes(0.0, 255.0), vec![*input]),
            },
            _ => (Finish::bytes(0.0, 255.0), vec![*input]),
        }),
        _ => None,
    }
}

/// What a tensor is the sum of, its scale and the operands of both, when it is a sum, a product or scaled.
fn terms_of(id: TensorId, makers: &[Option<&Op>]) -> Option<(Terms, i32, Vec<TensorId>)> {
    let product = |id: TensorId| match makers[id.index()] {
        Some(Op::Mul { inputs }) => Some(*inputs),
        _ => None,
    };
    let (sum, exponent) = match makers[id.index()]? {
        Op::Scale { input, exponent } => (*input, *exponent),
        Op::Add { .. } | Op::Mul { .. } => (id, 0),
        _ => return None,
    };
    let (terms, inputs) = match makers[sum.index()] {
        Some(Op::Add {
            inputs: [left, right],
        }) => match (product(*left), product(*right)) {
            (Some(left), Some(right)) => (Terms::TwoProducts, [left, right].concat()),
            (Some([a, b]), None) => (Terms::ProductAndOne, vec![a, b, *right]),
            (None, Some([a, b])) => (Terms::ProductAndOne, vec![a, b, *left]),
            (None, None) => (Terms::Two, vec![*left, *right]),
        },
        Some(Op::Mul { inputs }) => (Terms::Product, inputs.to_vec()),
        _ => (Terms::One, vec![sum]),
    };
    Some((terms, exponent, inputs))
}

struct Wiring<'a> {
    graph: &'a Graph,
    model: TypedModel,
    outlets: Vec<Option<OutletId>>,
}

impl Wiring<'_> {
    fn step(&mut self, step: &Step) -> TractResult<()> {
        let name = self.graph.tensor(step.node.output).name.clone();
        let outlet = match &step.finish {
            Some((finish, inputs)) => {
                let inputs = inputs.iter().map(|&id| self.outlet(id));
                let inputs = inputs.collect::<TractResult<TVec<_>>>()?;
                self.wire(name, finish.clone(), &inputs)?
            }
            None => self.op(name, &step.node.op)?,
        };
        self.outlets[step.node.output.index()] = Some(outlet);
        Ok(())
    }

    fn op(&mut self, name: String, op: &Op) -> TractResult<OutletId> {
        let inputs = op.inputs().iter().map(|&id| self.outlet(id));
        let inputs = inputs.collect::<TractResult<TVec<_>>>()?;
        match op {
            Op::Conv { weight, bias, .. } => self.conv(name, inputs[0], weight, bias),
            Op::Add { .. } => self.wire(name, math::add(), &inputs),
            Op::AddConst { values, .. } => {
                let values = self.column(&name, "value", values)?;
                self.wire(name, math::add(), &[inputs[0], values])
            }
            Op::Mul { .. } => self.wire(name, math::mul(), &inputs),
            Op::Scale { exponent, .. } => {
                let factor = f64::from(*exponent).exp2() as f32;
                let factor = self.column(&name, "factor", &[factor])?;
                self.wire(name, math::mul(), &[inputs[0], factor])
            }
            Op::Table { values, .. } => self.wire(name, Table::new(values), &inputs),
            Op::Clip { low, high, .. } => {
                let low = self.column(&name, "low", &[*low])?;
                let high = self.column(&name, "high", &[*high])?;
                let limited = self.wire_inner(&name, "limited", math::max(), &[inputs[0], low])?;
                self.wire(name, math::min(), &[limited, high])
            }
            Op::Round { .. } => {
                let constant = self.column(&name, "constant", &[ROUND])?;
                let sum = self.wire_inner(&name, "sum", math::add(), &[inputs[0], constant])?;
                self.wire(name, math::sub(), &[sum, constant])
            }
            Op::Concat { .. } => self.wire(name, TypedConcat::new(0), &inputs),
            Op::QLinearConv { .. } | Op::Cast { .. } => {
                bail!("{name}: {} in a float32 graph", op.name())
            }
        }
    }

    /// A name for a part of what makes tensor `name`, which no tensor of the graph has.
    fn inner(&self, name: &str, what: &str) -> String {
        let mut inner = format!("{name}.{what}");
        while self.graph.find(&inner).is_some() {
            inner.push('_');
        }
        inner
    }

    fn conv(
        &mut self,
        name: String,
        input: OutletId,
        weight: &Matrix<f32>,
        bias: &[f32],
    ) -> TractResult<OutletId> {
        let shape = [weight.rows(), weight.columns()];
        let weight = Tensor::from_shape(&shape, weight.values())?;
        let weight = self.model.add_const(self.inner(&name, "weight"), weight)?;
        let product = EinSum::new("mk,kn->mn".parse()?, f32::datum_type());
        let product = self.wire_inner(&name, "product", product, &[weight, input])?;
        let bias = self.column(&name, "bias", bias)?;
        self.wire(name, math::add(), &[product, bias])
    }

    /// A constant `[values, 1]`: one per channel, or one for all.
    fn column(&mut self, name: &str, what: &str, values: &[f32]) -> TractResult<OutletId> {
        let name = self.inner(name, what);
        let constant = Tensor::from_shape(&[values.len(), 1], values)?;
        self.model.add_const(name, constant)
    }

    fn wire(
        &mut self,
        name: String,
        op: impl Into<Box<dyn TypedOp>>,
        inputs: &[OutletId],
    ) -> TractResult<OutletId> {
        Ok(self.model.wire_node(name, op, inputs)?[0])
    }

    fn wire_inner(
        &mut self,
        name: &str,
        what: &str,
        op: impl Into<Box<dyn TypedOp>>,
        inputs: &[OutletId],
    ) -> TractResult<OutletId> {
        self.wire(self.inner(name, what), op, inputs)
    }

    fn outlet(&self, id: TensorId) -> TractResult<OutletId> {
        let outlet = self.outlets[id.index()];
        outlet.with_context(|| format!("{} comes too late", self.graph.tensor(id).name))
    }
}
