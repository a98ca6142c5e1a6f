//! The tract operator that ends a layer: sums of tensors and of products → scaled → clipped → rounded → float32 or
//! uint8.
//!
//! tract fuses an addition into its matrix product with scattered loads, and casts to uint8 one by one; this operator
//! does all in one pass over memory.

use tract_core::internal::*;
use tract_core::{as_op, op_as_typed_op, op_out_of_plan};

use pxc_codec::simd::InstructionSet;
use pxc_model::ROUND;

/// The sum, in terms of the operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Terms {
    /// `a`
    One,
    /// `a + b`
    Two,
    /// `a·b`
    Product,
    /// `a·b + c`
    ProductAndOne,
    /// `a·b + c·d`
    TwoProducts,
}

/// `round(clip(sum · 2^exponent))`, ties to even.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LayerEnd {
    terms: Terms,
    exponent: i32,
    /// Bits of the smallest result.
    low: u32,
    /// Bits of the largest result.
    high: u32,
    bytes: bool,
}

impl LayerEnd {
    /// Clips and rounds one operand to float32.
    pub(crate) fn float(low: f32, high: f32) -> Self {
        Self {
            terms: Terms::One,
            exponent: 0,
            low: low.to_bits(),
            high: high.to_bits(),
            bytes: false,
        }
    }

    /// Sums these terms, and scales the sum.
    pub(crate) fn of(self, terms: Terms, exponent: i32) -> Self {
        Self {
            terms,
            exponent,
            ..self
        }
    }

    /// Clips and rounds one operand to uint8; `low..=high` lies in 0..=255.
    pub(crate) fn bytes(low: f32, high: f32) -> Self {
        Self {
            bytes: true,
            ..Self::float(low, high)
        }
    }

    /// The result, as float32 bits of itself plus [`ROUND`]: the lowest bits are the integer.
    #[inline(always)]
    fn raised(&self) -> impl Fn(f32) -> f32 + use<> {
        let (low, high) = (f32::from_bits(self.low), f32::from_bits(self.high));
        let factor = f64::from(self.exponent).exp2() as f32;
        move |sum| {
            let sum = sum * factor;
            let sum = if sum < low { low } else { sum };
            let sum = if sum > high { high } else { sum };
            sum + ROUND
        }
    }

    fn finish(&self, inputs: &[TValue]) -> TractResult<Tensor> {
        InstructionSet::detect().run(
            #[inline(always)]
            || {
                let raised = self.raised();
                match self.bytes {
                    true => self.apply(inputs, |sum| raised(sum).to_bits() as u8),
                    false => self.apply(inputs, |sum| raised(sum) - ROUND),
                }
            },
        )
    }

    #[inline(always)]
    fn apply<T: Datum>(&self, inputs: &[TValue], finish: impl Fn(f32) -> T) -> TractResult<Tensor> {
        let mut result = Tensor::zero_dt(T::datum_type(), inputs[0].shape())?;
        let mut view = result.try_as_plain_ram_mut()?;
        let results = view.as_slice_mut::<T>()?;
        let inputs = inputs
            .iter()
            .map(floats)
            .collect::<TractResult<TVec<_>>>()?;
        match (self.terms, &inputs[..]) {
            (Terms::One, [a]) => fill(results, a.iter().copied(), finish),
            (Terms::Two, [a, b]) => {
                fill(results, a.iter().zip(*b).map(|(a, b)| a + b), finish);
            }
            (Terms::Product, [a, b]) => {
                fill(results, a.iter().zip(*b).map(|(a, b)| a * b), finish);
            }
            (Terms::ProductAndOne, [a, b, c]) => {
                let sums = a.iter().zip(*b).zip(*c).map(|((a, b), c)| a * b + c);
                fill(results, sums, finish);
            }
            (Terms::TwoProducts, [a, b, c, d]) => {
                let products = a.iter().zip(*b).zip(c.iter().zip(*d));
                fill(
                    results,
                    products.map(|((a, b), (c, d))| a * b + c * d),
                    finish,
                );
            }
            (terms, inputs) => bail!("{} operands of {terms:?}", inputs.len()),
        }
        Ok(result)
    }
}

#[inline(always)]
fn fill<T>(results: &mut [T], sums: impl Iterator<Item = f32>, finish: impl Fn(f32) -> T) {
    for (result, sum) in results.iter_mut().zip(sums) {
        *result = finish(sum);
    }
}

fn floats(value: &TValue) -> TractResult<&[f32]> {
    value.try_as_plain_ram()?.as_slice::<f32>()
}

impl Op for LayerEnd {
    fn name(&self) -> StaticName {
        "LayerEnd".into()
    }

    op_as_typed_op!();
}

impl EvalOp for LayerEnd {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        Ok(tvec![self.finish(&inputs)?.into_tvalue()])
    }
}

impl TypedOp for LayerEnd {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let element = if self.bytes {
            u8::datum_type()
        } else {
            f32::datum_type()
        };
        Ok(tvec![element.fact(inputs[0].shape.iter())])
    }

    as_op!();
}
