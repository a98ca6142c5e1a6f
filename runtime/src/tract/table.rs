//! The tract operator of a table: float32 tensors of integers → the values at these indices, float32.

use tract_core::internal::*;
use tract_core::{as_op, op_as_typed_op, op_out_of_plan};

use pxc_model::ROUND;

/// `values[input]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Table {
    /// Bits of the values, and zeros up to a power of two.
    values: Arc<[u32]>,
}

impl Table {
    pub(crate) fn new(values: &[f32]) -> Self {
        let bits = values.iter().map(|value| value.to_bits());
        let zeros = values.len().next_power_of_two() - values.len();
        Self {
            values: bits.chain(std::iter::repeat_n(0, zeros)).collect(),
        }
    }

    /// The lowest bits of an index plus [`ROUND`] are the index. The model is proven to use no index outside the
    /// table.
    fn look_up(&self, indices: &[f32], results: &mut [f32]) {
        let (values, mask) = (&self.values[..], self.values.len() - 1);
        for (result, &index) in results.iter_mut().zip(indices) {
            let index = (index + ROUND).to_bits() as usize & mask;
            *result = f32::from_bits(values[index]);
        }
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
        self.look_up(indices.as_slice::<f32>()?, view.as_slice_mut::<f32>()?);
        Ok(tvec![result.into_tvalue()])
    }
}

impl TypedOp for Table {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec![f32::fact(inputs[0].shape.iter())])
    }

    as_op!();
}
