//! The tract operators of layers on packed integers: the layer itself, and the change of a tensor from one form to another.

use pxc_model::ROUND;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::{as_op, op_as_typed_op, op_out_of_plan};

use crate::integer_layer::{IntegerLayer, Operands, Output, Width, packed_lanes};
use crate::wide::wide;

/// How a tensor of `[channels, lanes]` integers is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// float32 `[channels, lanes]`
    Float,
    /// uint8 `[channels, lanes]`
    Byte,
    /// Words of several channels, see [`integer_layer`](crate::integer_layer).
    Packed(Width),
}

impl Form {
    /// Type and shape of a tensor in this form.
    pub(crate) fn fact(self, channels: usize, lanes: usize) -> TypedFact {
        match self {
            Form::Float => f32::fact([channels, lanes]),
            Form::Byte => u8::fact([channels, lanes]),
            Form::Packed(width) => u32::fact([width.rows(channels), packed_lanes(lanes)]),
        }
    }

    fn tensor(self, channels: usize, lanes: usize) -> TractResult<Tensor> {
        let fact = self.fact(channels, lanes);
        let shape = fact.shape.as_concrete().context("a concrete shape")?;
        Tensor::zero_dt(fact.datum_type, shape)
    }
}

/// A layer on a packed operand, and perhaps on a packed residual.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PackedLayer {
    pub(crate) layer: Arc<IntegerLayer>,
    /// The form of the result.
    pub(crate) to: Form,
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

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let views = inputs.iter().map(elements::<u32>);
        let views = views.collect::<TractResult<TVec<_>>>()?;
        let mut result = self.to.tensor(self.layer.outputs, self.lanes)?;
        let mut view = result.try_as_plain_ram_mut()?;
        let output = match self.to {
            Form::Float => Output::Floats(view.as_slice_mut()?, self.lanes),
            Form::Byte => Output::Bytes(view.as_slice_mut()?, self.lanes),
            Form::Packed(width) => Output::Words(view.as_slice_mut()?, width),
        };
        let operands = Operands {
            input: views[0],
            residual: views.get(1).copied(),
            lanes: packed_lanes(self.lanes),
        };
        self.layer.apply(&operands, output);
        Ok(tvec![result.into_tvalue()])
    }
}

impl TypedOp for PackedLayer {
    fn output_facts(&self, _inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec![self.to.fact(self.layer.outputs, self.lanes)])
    }

    as_op!();
}

/// A tensor of integers in another form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Repack {
    pub(crate) from: Form,
    pub(crate) to: Form,
    pub(crate) channels: usize,
    pub(crate) lanes: usize,
}

impl Repack {
    fn result(&self, input: &TValue) -> TractResult<Tensor> {
        wide(
            #[inline(always)]
            || self.result_inlined(input),
        )
    }

    #[inline(always)]
    fn result_inlined(&self, input: &TValue) -> TractResult<Tensor> {
        let mut result = self.to.tensor(self.channels, self.lanes)?;
        let mut view = result.try_as_plain_ram_mut()?;
        let mut row = vec![0; self.lanes];
        for channel in 0..self.channels {
            self.read(input, channel, &mut row)?;
            match self.to {
                Form::Float => {
                    let to = view.as_slice_mut::<f32>()?[channel * self.lanes..].iter_mut();
                    to.zip(&row).for_each(|(to, &value)| *to = value as f32);
                }
                Form::Byte => {
                    let to = view.as_slice_mut::<u8>()?[channel * self.lanes..].iter_mut();
                    to.zip(&row).for_each(|(to, &value)| *to = value as u8);
                }
                Form::Packed(width) => {
                    let place = channel / width.per_word() * packed_lanes(self.lanes);
                    let j = channel % width.per_word();
                    let to = view.as_slice_mut::<u32>()?[place..].iter_mut();
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
            Form::Float => {
                let from = &elements::<f32>(input)?[channel * self.lanes..];
                for (to, &value) in row.iter_mut().zip(from) {
                    // The lowest 22 bits of an integer plus `ROUND` are the integer.
                    *to = (value + ROUND).to_bits().cast_signed() << 10 >> 10;
                }
            }
            Form::Byte => {
                let from = &elements::<u8>(input)?[channel * self.lanes..];
                let row = row.iter_mut().zip(from);
                row.for_each(|(to, &value)| *to = value.into());
            }
            Form::Packed(width) => {
                let place = channel / width.per_word() * packed_lanes(self.lanes);
                let j = channel % width.per_word();
                let from = &elements::<u32>(input)?[place..];
                let row = row.iter_mut().zip(from);
                row.for_each(|(to, &word)| *to = width.get(word, j));
            }
        }
        Ok(())
    }
}

fn elements<T: Datum>(value: &TValue) -> TractResult<&[T]> {
    value.try_as_plain_ram()?.as_slice::<T>()
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
