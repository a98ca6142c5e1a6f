//! The tract operator of a table: float32 tensors of integers → the values at these indices, float32.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::{as_op, op_as_typed_op, op_out_of_plan};

/// `values[input]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Table {
    /// Bits of the values.
    values: Arc<[u32]>,
}

impl Table {
    pub(crate) fn new(values: &[f32]) -> Self {
        Self {
            values: values.iter().map(|value| value.to_bits()).collect(),
        }
    }

    /// The model is proven to ask for no other place; one outside reads as 0.
    fn at(&self, index: f32) -> f32 {
        let bits = self.values.get(index as usize).copied();
        f32::from_bits(bits.unwrap_or(0))
    }
}

impl Op for Table {
    fn name(&self) -> StaticName {
        "Table".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Table {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let indices = inputs[0].try_as_plain_ram()?;
        let mut result = Tensor::zero_dt(f32::datum_type(), inputs[0].shape())?;
        let mut view = result.try_as_plain_ram_mut()?;
        let results = view.as_slice_mut::<f32>()?.iter_mut();
        for (result, &index) in results.zip(indices.as_slice::<f32>()?) {
            *result = self.at(index);
        }
        Ok(tvec![result.into_tvalue()])
    }
}

impl TypedOp for Table {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec![f32::fact(inputs[0].shape.iter())])
    }

    as_op!();
}
