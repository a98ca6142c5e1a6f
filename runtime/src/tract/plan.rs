//! Turns a graph into a tract plan for a fixed number of lanes.
//!
//! Graphs are wired step by step, with tensors of rank 2, `[channels, lanes]`. Layers of integers, which are most of a
//! network, run as [`PackedLayer`] if the caller wants that. tract fuses bias, clip and rounding into its products of
//! float32; what it does slowly, adding a tensor inside a product and making uint8, or in many passes, the sums of
//! products of an LSTM's cell, is left to [`LayerEnd`](crate::tract::layer_end::LayerEnd).

use std::collections::HashMap;

use pxc_model::{Element, Graph, Matrix, Op, ROUND, TensorId};
use tract_core::internal::*;
use tract_core::ops::array::TypedConcat;
use tract_core::ops::einsum::EinSum;
use tract_core::ops::math;

use crate::kernels::layer::IntegerLayer;
use crate::kernels::packing::Width;
use crate::tract::layers::FoundLayer;
use crate::tract::packed_layer::PackedLayer;
use crate::tract::repack::Repack;
use crate::tract::steps::{Action, Step};
use crate::tract::table::Table;
use crate::tract::tensor_form::TensorForm;

/// A plan that sessions share.
pub(crate) type Plan = Arc<TypedSimplePlan>;

/// The plan of a graph by its steps: inputs and outputs are `[channels, lanes]`. Plans share the weights of layers on
/// packed integers.
pub(crate) fn build(graph: &Graph, steps: &[Step], lanes: usize) -> TractResult<Plan> {
    let mut wiring = Wiring {
        graph,
        lanes,
        model: TypedModel::default(),
        made: vec![None; graph.tensors().len()],
        stored: HashMap::new(),
    };
    for &id in graph.inputs() {
        wiring.input(id)?;
    }
    for step in steps {
        wiring.step(step)?;
    }
    let outputs = graph.outputs().iter().map(|&id| wiring.output(id));
    let outputs = outputs.collect::<TractResult<Vec<_>>>()?;
    wiring.model.select_output_outlets(&outputs)?;
    wiring.model.optimize()?;
    wiring.model.into_runnable()
}

struct Wiring<'a> {
    graph: &'a Graph,
    lanes: usize,
    model: TypedModel,
    made: Vec<Option<Made>>,
    /// Tensors in the forms that they have been needed in so far.
    stored: HashMap<(TensorId, TensorForm), OutletId>,
}

/// Where a tensor comes from.
#[derive(Clone)]
enum Made {
    /// It exists in this form.
    Stored(OutletId, TensorForm),
    /// A layer makes it, in the form that it is first needed in.
    Layer(Arc<IntegerLayer>, TVec<OutletId>),
    Joined(Vec<TensorId>),
}

impl Wiring<'_> {
    /// The form that a tensor has by its element type.
    fn plain(&self, id: TensorId) -> TensorForm {
        match self.graph.tensor(id).element {
            Element::F32 => TensorForm::Float,
            Element::U8 => TensorForm::Byte,
        }
    }

    fn input(&mut self, id: TensorId) -> TractResult<()> {
        let (tensor, form) = (self.graph.tensor(id), self.plain(id));
        let fact = form.fact(tensor.channels, self.lanes);
        let outlet = self.model.add_source(tensor.name.clone(), fact)?;
        self.made[id.index()] = Some(Made::Stored(outlet, form));
        Ok(())
    }

    fn output(&mut self, id: TensorId) -> TractResult<OutletId> {
        self.stored(id, self.plain(id))
    }

    fn step(&mut self, step: &Step) -> TractResult<()> {
        let node = &self.graph.nodes()[step.node];
        let id = node.output;
        let name = self.graph.tensor(id).name.clone();
        let made = match (&step.action, &node.op) {
            (Action::Layer(found), _) => self.layer(&name, found)?,
            (Action::LayerEnd(end, inputs), _) => {
                let inputs = self.all_floats(inputs)?;
                Made::Stored(self.wire(name, end.clone(), &inputs)?, self.plain(id))
            }
            (Action::Op, Op::Concat { inputs }) => Made::Joined(inputs.clone()),
            (Action::Op, op) => Made::Stored(self.op(name, op)?, TensorForm::Float),
        };
        self.made[id.index()] = Some(made);
        Ok(())
    }

    fn layer(&mut self, name: &str, found: &FoundLayer) -> TractResult<Made> {
        let form = TensorForm::Packed(found.layer.width);
        let operand = self.inner(name, "operand");
        let mut inputs = tvec![self.joined(operand, &found.operands, form)?];
        if let Some(residual) = found.residual {
            inputs.push(self.stored(residual, form)?);
        }
        Ok(Made::Layer(found.layer.clone(), inputs))
    }

    /// Returns a tensor in a form, converting it if necessary.
    fn stored(&mut self, id: TensorId, form: TensorForm) -> TractResult<OutletId> {
        if let Some(&outlet) = self.stored.get(&(id, form)) {
            return Ok(outlet);
        }
        let name = &self.graph.tensor(id).name;
        let made = self.made[id.index()].clone();
        let made = made.with_context(|| format!("{name} comes too late"))?;
        let name = match form {
            form if form == self.plain(id) => name.clone(),
            TensorForm::Float => self.inner(name, "floats"),
            TensorForm::Byte => self.inner(name, "bytes"),
            TensorForm::Packed(Width::Byte) => self.inner(name, "packed_bytes"),
            TensorForm::Packed(Width::Short) => self.inner(name, "packed_shorts"),
        };
        let outlet = match made {
            Made::Stored(outlet, from) if from == form => outlet,
            Made::Stored(outlet, from) => {
                let repack = Repack {
                    from,
                    to: form,
                    channels: self.graph.tensor(id).channels,
                    lanes: self.lanes,
                };
                self.wire(name, repack, &[outlet])?
            }
            Made::Layer(layer, inputs) => {
                let layer = PackedLayer {
                    layer,
                    to: form,
                    lanes: self.lanes,
                };
                let outlet = self.wire(name, layer, &inputs)?;
                self.made[id.index()] = Some(Made::Stored(outlet, form));
                outlet
            }
            Made::Joined(parts) => self.joined(name, &parts, form)?,
        };
        self.stored.insert((id, form), outlet);
        Ok(outlet)
    }

    fn joined(
        &mut self,
        name: String,
        parts: &[TensorId],
        form: TensorForm,
    ) -> TractResult<OutletId> {
        let parts = parts.iter().map(|&id| self.stored(id, form));
        let parts = parts.collect::<TractResult<TVec<_>>>()?;
        match parts[..] {
            [one] => Ok(one),
            _ => self.wire(name, TypedConcat::new(0), &parts),
        }
    }

    /// Adds a single operator, float32 to float32.
    fn op(&mut self, name: String, op: &Op) -> TractResult<OutletId> {
        let inputs = self.all_floats(op.inputs())?;
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
            // A cast to float32: the integers stay the same.
            Op::Cast { .. } => Ok(inputs[0]),
            Op::Concat { .. } | Op::QLinearConv { .. } => {
                bail!("{name}: {} makes no float32", op.name())
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

    fn all_floats(&mut self, ids: &[TensorId]) -> TractResult<TVec<OutletId>> {
        ids.iter()
            .map(|&id| self.stored(id, TensorForm::Float))
            .collect()
    }
}
