//! The tract operator that changes a tensor of integers from one form to another.

use pxc_codec::simd::InstructionSet;
use pxc_model::ROUND;
use tract_core::internal::*;
use tract_core::{as_op, op_as_typed_op, op_out_of_plan};

use crate::kernels::packing::packed_lanes;
use crate::tract::tensor_form::{TensorForm, elements};

/// A tensor of integers in another form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Repack {
    pub(crate) from: TensorForm,
    pub(crate) to: TensorForm,
    pub(crate) channels: usize,
    pub(crate) lanes: usize,
}

impl Repack {
    fn result(&self, input: &TValue) -> TractResult<Tensor> {
        InstructionSet::detect().run(
            #[inline(always)]
            || self.result_inlined(input),
        )
    }

    #[inline(always)]
    fn result_inlined(&self, input: &TValue) -> TractResult<Tensor> {
        let mut result = self.to.zeros(self.channels, self.lanes)?;
        let mut view = result.try_as_plain_ram_mut()?;
        let mut row = vec![0; self.lanes];
        for channel in 0..self.channels {
            self.read(input, channel, &mut row)?;
            match self.to {
                TensorForm::Float => {
                    let to = view.as_slice_mut::<f32>()?[channel * self.lanes..].iter_mut();
                    to.zip(&row).for_each(|(to, &value)| *to = value as f32);
                }
                TensorForm::Byte => {
                    let to = view.as_slice_mut::<u8>()?[channel * self.lanes..].iter_mut();
                    to.zip(&row).for_each(|(to, &value)| *to = value as u8);
                }
                TensorForm::Packed(width) => {
                    let start = channel / width.per_word() * packed_lanes(self.lanes);
                    let j = channel % width.per_word();
                    let to = view.as_slice_mut::<u32>()?[start..].iter_mut();
                    to.zip(&row)
                        .for_each(|(to, &value)| *to |= width.put(value, j));
                }
            }
        }
        Ok(result)
    }

    /// The integers of a channel.
    #[inline(always)]
    fn read(&self, input: &TValue, channel: usize, row: &mut [i32]) -> TractResult<()> {
        match self.from {
            TensorForm::Float => {
                let from = &elements::<f32>(input)?[channel * self.lanes..];
                for (to, &value) in row.iter_mut().zip(from) {
                    // The lowest 22 bits of an integer plus `ROUND` are the integer.
                    *to = (value + ROUND).to_bits().cast_signed() << 10 >> 10;
                }
            }
            TensorForm::Byte => {
                let from = &elements::<u8>(input)?[channel * self.lanes..];
                let row = row.iter_mut().zip(from);
                row.for_each(|(to, &value)| *to = value.into());
            }
            TensorForm::Packed(width) => {
                let start = channel / width.per_word() * packed_lanes(self.lanes);
                let j = channel % width.per_word();
                let from = &elements::<u32>(input)?[start..];
                let row = row.iter_mut().zip(from);
                row.for_each(|(to, &word)| *to = width.get(word, j));
            }
        }
        Ok(())
    }
}

impl Op for Repack {
    fn name(&self) -> StaticName {
        "Repack".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Repack {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        Ok(tvec![self.result(&inputs[0])?.into_tvalue()])
    }
}

impl TypedOp for Repack {
    fn output_facts(&self, _inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec![self.to.fact(self.channels, self.lanes)])
    }

    as_op!();
}
