//! Masked convolutions as one matrix product per tap on shifted maps, with their gradient.
//!
//! In: a map `[pixels, inputs]` and weights `[taps · inputs, outputs]`. Out: `[pixels, outputs]`. What lies outside
//! reads as 0.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

use crate::kernels::computed::with_gradients;
use crate::kernels::extent::{Extent, Tap};
use crate::kernels::form::Form;
use crate::kernels::matrix::{Matrix, multiply_add};
use crate::kernels::placement::Placement;
use crate::kernels::values::{slice, tensor_like, with_values};

/// The convolution of `input` `[pixels, inputs]` with `weight` `[taps · inputs, outputs]`.
pub(crate) fn tap_conv(
    placement: Placement<'_>,
    input: &Tensor,
    weight: &Tensor,
    taps: &[Tap],
) -> Result<Tensor> {
    match placement.form {
        Form::Fused => {
            let op = TapConv {
                extent: placement.extent,
                taps: taps.to_vec(),
            };
            input.apply_op2(weight, op)
        }
        Form::Composed => composed(placement, input, weight, taps),
    }
}

/// One product of the weights with all neighbours, gathered side by side.
fn composed(
    placement: Placement<'_>,
    input: &Tensor,
    weight: &Tensor,
    taps: &[Tap],
) -> Result<Tensor> {
    if taps == [(0, 0)] {
        return input.matmul(weight);
    }
    let (pixels, inputs) = input.dims2()?;
    let width = taps.len() * inputs;
    let gather = placement
        .indices
        .of_taps(placement.extent, taps, input.device())?;
    let neighbours = below_zeros(&input.detach())?.index_select(&gather.there, 0)?;
    let neighbours = neighbours.reshape((pixels, width))?;
    let transposed = weight.detach().t()?.contiguous()?;
    let out = neighbours.matmul(&weight.detach())?;
    with_gradients([input, weight, weight], out, move |gradient| {
        let of_weight = neighbours.t()?.matmul(gradient)?;
        let of_neighbours = gradient.matmul(&transposed)?;
        let rows = of_neighbours.reshape((pixels * width / inputs, inputs))?;
        let by_pixel = below_zeros(&rows)?.index_select(&gather.back, 0)?;
        let by_pixel = by_pixel.reshape((pixels, width / inputs, inputs))?;
        Ok([Some(by_pixel.sum(1)?), Some(of_weight), None])
    })
}

/// The rows of a map below a row of zeros.
fn below_zeros(map: &Tensor) -> Result<Tensor> {
    map.pad_with_zeros(0, 1, 0)
}

struct TapConv {
    extent: Extent,
    taps: Vec<Tap>,
}

/// Inputs and outputs per pixel.
#[derive(Clone, Copy)]
struct Width {
    inputs: usize,
    outputs: usize,
}

impl TapConv {
    fn width(&self, input: &Shape, weight: &Shape) -> Result<Width> {
        let ((pixels, inputs), (rows, outputs)) = (input.dims2()?, weight.dims2()?);
        if pixels != self.extent.pixels() || rows != self.taps.len() * inputs {
            bail!("tap-conv: {input:?} with {weight:?} at {:?}", self.extent);
        }
        Ok(Width { inputs, outputs })
    }

    fn forward(&self, input: &[f32], weight: &[f32], width: Width) -> Vec<f32> {
        let Width { inputs, outputs } = width;
        let mut out = vec![0.0; self.extent.pixels() * outputs];
        for (&tap, weight) in self.taps.iter().zip(weight.chunks_exact(inputs * outputs)) {
            let weight = Matrix::new(weight, inputs, outputs);
            for part in self.extent.stretches(tap) {
                let pixels = part.own.len();
                let input = &input[part.neighbour.start * inputs..][..pixels * inputs];
                let out = &mut out[part.own.start * outputs..][..pixels * outputs];
                multiply_add(out, Matrix::new(input, pixels, inputs), weight);
            }
        }
        out
    }

    /// The gradients of input and weight.
    fn backward(
        &self,
        input: &[f32],
        weight: &[f32],
        gradient: &[f32],
        width: Width,
    ) -> (Vec<f32>, Vec<f32>) {
        let Width { inputs, outputs } = width;
        let mut of_input = vec![0.0; input.len()];
        let mut of_weight = vec![0.0; weight.len()];
        let parts = weight.chunks_exact(inputs * outputs);
        let parts = parts.zip(of_weight.chunks_exact_mut(inputs * outputs));
        for (&tap, (weight, of_weight)) in self.taps.iter().zip(parts) {
            let weight = Matrix::new(weight, inputs, outputs).transposed();
            for part in self.extent.stretches(tap) {
                let pixels = part.own.len();
                let source = part.neighbour.start * inputs..part.neighbour.end * inputs;
                let gradient = &gradient[part.own.start * outputs..][..pixels * outputs];
                let gradient = Matrix::new(gradient, pixels, outputs);
                multiply_add(&mut of_input[source.clone()], gradient, weight);
                let input = Matrix::new(&input[source], pixels, inputs);
                multiply_add(of_weight, input.transposed(), gradient);
            }
        }
        (of_input, of_weight)
    }
}

impl CustomOp2 for TapConv {
    fn name(&self) -> &'static str {
        "tap-conv"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let width = self.width(l1.shape(), l2.shape())?;
        let out = self.forward(slice(s1, l1)?, slice(s2, l2)?, width);
        let shape = Shape::from((self.extent.pixels(), width.outputs));
        Ok((CpuStorage::F32(out), shape))
    }

    fn bwd(
        &self,
        input: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let width = self.width(input.shape(), weight.shape())?;
        let (of_input, of_weight) = with_values(input, |i| {
            with_values(weight, |w| {
                with_values(gradient, |g| Ok(self.backward(i, w, g, width)))
            })
        })?;
        Ok((
            Some(tensor_like(of_input, input)?),
            Some(tensor_like(of_weight, weight)?),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::checks::{assert_equal_forms, seeded};
    use crate::kernels::placement::Indices;

    #[test]
    fn forms_are_equal() -> Result<()> {
        let extent = Extent {
            height: 5,
            width: 4,
            batch: 2,
        };
        let taps = [
            (-1, -1),
            (-1, 0),
            (-1, 1),
            (0, -1),
            (0, 0),
            (-4, 3),
            (-5, 0),
        ];
        let input = seeded(1, &[extent.pixels(), 3])?;
        let weight = seeded(2, &[taps.len() * 3, 6])?;
        let factor = seeded(3, &[extent.pixels(), 6])?;
        let indices = Indices::default();
        let out = |form| {
            let placement = Placement {
                form,
                extent,
                indices: &indices,
            };
            tap_conv(placement, &input, &weight, &taps)
        };
        let forms = [out(Form::Fused)?, out(Form::Composed)?];
        assert_equal_forms(forms, &factor, &[&input, &weight], 1e-4)
    }
}
