//! The step between two layers: products, bias and residual in, clipped and rounded values out.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use pulp::{Arch, Simd, WithSimd};

use crate::kernels::computed::with_gradients;
use crate::kernels::form::Form;
use crate::kernels::grid::{Grid, ROUNDING};
use crate::kernels::ternary::{CpuOp, Operand, Ternary};
use crate::kernels::values::{slice, tensor_like, with_values};

/// Adds `bias` (and `residual`), clips to `grid`, and rounds to it when `rounds`.
///
/// `product` and `residual` are `[pixels, outputs]`, `bias` is `[outputs]`. The gradient passes straight through the
/// rounding and stops where the clip is active.
pub(crate) fn requantise(
    form: Form,
    product: &Tensor,
    bias: &Tensor,
    residual: Option<&Tensor>,
    grid: Grid,
    rounds: bool,
) -> Result<Tensor> {
    let op = Requantise { grid, rounds };
    match (form, residual) {
        (Form::Fused, Some(residual)) => product.apply_op3(bias, residual, CpuOp(op)),
        (Form::Fused, None) => product.apply_op2(bias, op),
        (Form::Composed, _) => composed(product, bias, residual, grid, rounds),
    }
}

/// Clips values to `grid`, and rounds to it when `rounds`, by Candle's own operations; without a gradient of its own.
pub(crate) fn clipped(values: &Tensor, grid: Grid, rounds: bool) -> Result<Tensor> {
    let (low, high) = grid.range();
    let clipped = values.clamp(low, high)?;
    if !rounds {
        return Ok(clipped);
    }
    let scaled = clipped.affine(f64::from(grid.scale()), f64::from(ROUNDING))?;
    (scaled - f64::from(ROUNDING))? / f64::from(grid.scale())
}

fn composed(
    product: &Tensor,
    bias: &Tensor,
    residual: Option<&Tensor>,
    grid: Grid,
    rounds: bool,
) -> Result<Tensor> {
    let mut sum = product.detach().broadcast_add(&bias.detach())?;
    if let Some(residual) = residual {
        sum = (sum + residual.detach())?;
    }
    let (low, high) = grid.range();
    let value = clipped(&sum, grid, rounds)?;
    let result = value.clone();
    let has_residual = residual.is_some();
    let operands = [product, bias, residual.unwrap_or(bias)];
    with_gradients(operands, value, move |gradient| {
        let inside = (result.gt(low)? * result.lt(high)?)?;
        let passed = inside.where_cond(gradient, &gradient.zeros_like()?)?;
        let of_bias = passed.sum(0)?;
        let of_residual = has_residual.then(|| passed.clone());
        Ok([Some(passed), Some(of_bias), of_residual])
    })
}

struct Requantise {
    grid: Grid,
    rounds: bool,
}

impl Requantise {
    fn forward(&self, product: &[f32], bias: &[f32], residual: Option<&[f32]>) -> Vec<f32> {
        let mut out = vec![0_f32; product.len()];
        Arch::new().dispatch(RequantiseRows {
            op: self,
            product,
            bias,
            residual,
            out: &mut out,
        });
        out
    }

    /// The gradients of the sum and of the bias. An output strictly inside its range lets the gradient pass.
    fn backward(&self, result: &[f32], gradient: &[f32], width: usize) -> (Vec<f32>, Vec<f32>) {
        let mut sum = vec![0_f32; gradient.len()];
        let mut bias = vec![0_f32; width];
        Arch::new().dispatch(PassInside {
            grid: self.grid,
            result,
            gradient,
            sum: &mut sum,
            bias: &mut bias,
        });
        (sum, bias)
    }

    fn gradients(
        &self,
        product: &Tensor,
        bias: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let (sum, bias_gradient) = with_values(result, |result| {
            with_values(gradient, |gradient| {
                Ok(self.backward(result, gradient, bias.elem_count()))
            })
        })?;
        Ok((
            tensor_like(sum, product)?,
            tensor_like(bias_gradient, bias)?,
        ))
    }
}

/// The forward pass of [`Requantise`], row by row.
struct RequantiseRows<'a> {
    op: &'a Requantise,
    product: &'a [f32],
    bias: &'a [f32],
    residual: Option<&'a [f32]>,
    out: &'a mut [f32],
}

impl WithSimd for RequantiseRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (low, high) = self.op.grid.range();
        let scale = self.op.grid.scale();
        let inverse = 1.0 / scale;
        let width = self.bias.len();
        let rows = self
            .out
            .chunks_exact_mut(width)
            .zip(self.product.chunks_exact(width));
        for (n, (out, row)) in rows.enumerate() {
            out.iter_mut()
                .zip(row)
                .zip(self.bias)
                .for_each(|((o, p), b)| *o = p + b);
            if let Some(residual) = self.residual {
                let residual = &residual[n * width..(n + 1) * width];
                out.iter_mut().zip(residual).for_each(|(o, r)| *o += r);
            }
            if self.op.rounds {
                out.iter_mut().for_each(|o| {
                    *o = ((o.clamp(low, high) * scale + ROUNDING) - ROUNDING) * inverse;
                });
            } else {
                out.iter_mut().for_each(|o| *o = o.clamp(low, high));
            }
        }
    }
}

/// The backward pass of [`Requantise`]: passes the gradient of the outputs that are not clipped.
struct PassInside<'a> {
    grid: Grid,
    result: &'a [f32],
    gradient: &'a [f32],
    sum: &'a mut [f32],
    bias: &'a mut [f32],
}

impl WithSimd for PassInside<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (low, high) = self.grid.range();
        let width = self.bias.len();
        let rows = self
            .result
            .chunks_exact(width)
            .zip(self.gradient.chunks_exact(width));
        for (out, (row, gradient)) in self.sum.chunks_exact_mut(width).zip(rows) {
            for (((o, y), g), b) in out
                .iter_mut()
                .zip(row)
                .zip(gradient)
                .zip(self.bias.iter_mut())
            {
                let passed = if *y > low && *y < high { *g } else { 0.0 };
                *o = passed;
                *b += passed;
            }
        }
    }
}

impl CustomOp2 for Requantise {
    fn name(&self) -> &'static str {
        "requantise"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let out = self.forward(slice(s1, l1)?, slice(s2, l2)?, None);
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (sum, bias) = self.gradients(a, b, result, gradient)?;
        Ok((Some(sum), Some(bias)))
    }
}

impl Ternary for Requantise {
    const NAME: &'static str = "requantise-residual";

    fn evaluate(&self, [product, bias, residual]: [Operand<'_>; 3]) -> Result<(Vec<f32>, Shape)> {
        let out = self.forward(product.values()?, bias.values()?, Some(residual.values()?));
        Ok((out, product.shape().clone()))
    }

    fn differentiate(
        &self,
        [product, bias, _]: [&Tensor; 3],
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 3]> {
        let (sum, bias) = self.gradients(product, bias, result, gradient)?;
        Ok([Some(sum.clone()), Some(bias), Some(sum)])
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::kernels::checks::{assert_close, gradients, values, variable, wave};

    #[test]
    fn fused_requantise_equals_composed() -> Result<()> {
        for rounds in [false, true] {
            let x = variable(wave(0, 60, 20.0), &[12, 5])?;
            let r = variable(wave(0, 60, 7.0), &[12, 5])?;
            let b = variable(wave(0, 5, 1.0), &[5])?;
            let of_form = |form| requantise(form, &x, &b, Some(&r), Grid::WIDE, rounds);
            let (fused, composed) = (of_form(Form::Fused)?, of_form(Form::Composed)?);
            assert_close(&values(&fused)?, &values(&composed)?, 1e-6);
            let weights = Tensor::from_vec(wave(0, 60, 1.0), (12, 5), &Device::Cpu)?;
            let one = gradients(&(fused * &weights)?.sum_all()?, &[&x, &b, &r])?;
            let other = gradients(&(composed * &weights)?.sum_all()?, &[&x, &b, &r])?;
            for (a, b) in one.iter().zip(&other) {
                assert_close(a, b, 1e-4);
            }
        }
        Ok(())
    }
}
