//! The tract operator of a layer on packed integers.

use tract_core::internal::*;
use tract_core::{as_op, op_as_typed_op, op_out_of_plan};

use crate::kernels;
use crate::kernels::layer::IntegerLayer;
use crate::kernels::operands::{Operands, Output};
use crate::kernels::packing::packed_lanes;
use crate::tract::tensor_form::{TensorForm, elements};

/// A layer on a packed operand, with or without a packed residual.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PackedLayer {
    pub(crate) layer: Arc<IntegerLayer>,
    /// The form of the result.
    pub(crate) to: TensorForm,
    pub(crate) lanes: usize,
}

impl Op for PackedLayer {
    fn name(&self) -> StaticName {
        "PackedLayer".into()
    }

    op_as_typed_op!();
}

impl EvalOp for PackedLayer {
    op_out_of_plan!();

    #[allow(unsafe_code)]
    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let views = inputs.iter().map(elements::<u32>);
        let views = views.collect::<TractResult<TVec<_>>>()?;
        // SAFETY: `apply` reads no element of its output, and writes all: whole groups of words, or all lanes of all
        // outputs.
        let mut result = unsafe { self.to.unwritten(self.layer.outputs, self.lanes)? };
        let mut view = result.try_as_plain_ram_mut()?;
        let output = match self.to {
            TensorForm::Float => Output::Floats(view.as_slice_mut()?, self.lanes),
            TensorForm::Byte => Output::Bytes(view.as_slice_mut()?, self.lanes),
            TensorForm::Packed(width) => Output::Words(view.as_slice_mut()?, width),
        };
        let operands = Operands {
            input: views[0],
            residual: views.get(1).copied(),
            lanes: packed_lanes(self.lanes),
        };
        kernels::apply(&self.layer, &operands, output);
        Ok(tvec![result.into_tvalue()])
    }
}

impl TypedOp for PackedLayer {
    fn output_facts(&self, _inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec![self.to.fact(self.layer.outputs, self.lanes)])
    }

    as_op!();
}
