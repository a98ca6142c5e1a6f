//! The loss: products and symbols in, code lengths in bits out.

use std::f64::consts::LN_2;
use std::sync::Mutex;

use candle_core::{DType, Result, Shape, Tensor, bail};
use pulp::{Arch, Simd, WithSimd};

use crate::kernels::computed::with_gradients;
use crate::kernels::form::Form;
use crate::kernels::grid::{Grid, ROUNDING};
use crate::kernels::pointwise::requantise::clipped;
use crate::kernels::ternary::{CpuOp, Operand, Ternary};
use crate::kernels::values::{tensor_like, with_values};

/// The code length in bits of each symbol: `log2 Σ 2^logit − logit[symbol]`, with logits = `product + bias` clipped
/// (and rounded) to [`Grid::LOGIT`], in bits.
///
/// For `K` channels together, `product` is `[pixels, K · 256]`, `bias` `[K · 256]`, `symbols` u32 `[pixels · K]`, pixel
/// after pixel; the result is `[pixels · K]`. Where the clip is active the gradient passes only if it leads back into
/// the range.
pub(crate) fn code_length(
    form: Form,
    product: &Tensor,
    bias: &Tensor,
    symbols: &Tensor,
    rounds: bool,
) -> Result<Tensor> {
    match form {
        Form::Fused => {
            let op = CodeLength {
                rounds,
                gradient: Mutex::new(Vec::new()),
            };
            product.apply_op3(bias, symbols, CpuOp(op))
        }
        Form::Composed => composed(product, bias, symbols, rounds),
    }
}

fn composed(product: &Tensor, bias: &Tensor, symbols: &Tensor, rounds: bool) -> Result<Tensor> {
    let shape = product.shape().clone();
    let sums = product.detach().broadcast_add(&bias.detach())?;
    let sums = sums.reshape(((), SYMBOLS))?;
    let (low, high) = Grid::LOGIT.range();
    let logits = clipped(&sums, Grid::LOGIT, rounds)?;
    // At most 2^16, so their sum needs no common factor.
    let powers = (&logits * LN_2)?.exp()?;
    let total = powers.sum_keepdim(1)?;
    let symbols = symbols.unsqueeze(1)?;
    let chosen = logits.gather(&symbols, 1)?;
    let lengths = ((total.log()? / LN_2)? - chosen)?.squeeze(1)?;
    let chosen_sum = sums.gather(&symbols, 1)?;
    with_gradients([product, bias, bias], lengths, move |gradient| {
        // A symbol's own logit wants to rise, the others want to fall: what the clip stops follows from that.
        let shares = powers.broadcast_div(&total)?;
        let share = shares.gather(&symbols, 1)?;
        let falls = sums.gt(low)?.where_cond(&shares, &shares.zeros_like()?)?;
        let rises = ((share - 1.0)? * chosen_sum.lt(high)?.to_dtype(DType::F32)?)?;
        let slopes = falls.scatter_add(&symbols, &(rises - falls.gather(&symbols, 1)?)?, 1)?;
        let of_product = slopes.broadcast_mul(&gradient.unsqueeze(1)?)?;
        let of_product = of_product.reshape(&shape)?;
        let of_bias = of_product.sum(0)?;
        Ok([Some(of_product), Some(of_bias), None])
    })
}

/// The sum over the channels.
pub(crate) fn sum_of(lengths: &[Tensor]) -> Result<Tensor> {
    let (first, rest) = lengths.split_at(1);
    rest.iter()
        .try_fold(first[0].clone(), |sum, length| sum + length)
}

const SYMBOLS: usize = 256;

struct CodeLength {
    rounds: bool,
    /// The gradient of each logit for a unit gradient of its code length, from the forward pass.
    gradient: Mutex<Vec<f32>>,
}

impl CodeLength {
    fn forward(&self, product: &[f32], bias: &[f32], symbols: &[u32]) -> (Vec<f32>, Vec<f32>) {
        let mut lengths = vec![0_f32; symbols.len()];
        let mut gradient = vec![0_f32; product.len()];
        symbol_lengths(
            product,
            bias,
            symbols,
            self.rounds,
            &mut lengths,
            &mut gradient,
        );
        (lengths, gradient)
    }
}

/// Like [`code_length`], for slices: sets the code length of each symbol, and `gradient` to the derivatives of each
/// with respect to its unclipped logits.
pub(crate) fn symbol_lengths(
    product: &[f32],
    bias: &[f32],
    symbols: &[u32],
    rounds: bool,
    lengths: &mut [f32],
    gradient: &mut [f32],
) {
    Arch::new().dispatch(CodeLengthRows {
        rounds,
        product,
        bias,
        symbols,
        lengths,
        gradient,
    });
}

/// The forward pass of [`CodeLength`], symbol by symbol.
struct CodeLengthRows<'a> {
    rounds: bool,
    product: &'a [f32],
    bias: &'a [f32],
    symbols: &'a [u32],
    lengths: &'a mut [f32],
    gradient: &'a mut [f32],
}

impl WithSimd for CodeLengthRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let rows = self
            .product
            .chunks_exact(SYMBOLS)
            .zip(self.gradient.chunks_exact_mut(SYMBOLS));
        let biases = self.bias.chunks_exact(SYMBOLS).cycle();
        for (((row, gradient), bias), (length, &symbol)) in rows
            .zip(biases)
            .zip(self.lengths.iter_mut().zip(self.symbols))
        {
            *length = symbol_length(row, bias, symbol as usize, self.rounds, gradient);
        }
    }
}

/// The backward pass of [`CodeLength`]: scales the gradient of each symbol and sums those of the bias.
struct ScaleRows<'a> {
    gradient: &'a mut [f32],
    length_gradient: &'a [f32],
    bias_gradient: &'a mut [f32],
}

impl WithSimd for ScaleRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let channels = self.bias_gradient.len() / SYMBOLS;
        let rows = self.gradient.chunks_exact_mut(SYMBOLS);
        for (index, (row, g)) in rows.zip(self.length_gradient).enumerate() {
            let bias = &mut self.bias_gradient[index % channels * SYMBOLS..][..SYMBOLS];
            for (r, b) in row.iter_mut().zip(bias) {
                *r *= g;
                *b += *r;
            }
        }
    }
}

/// One symbol's code length; `gradient` receives its derivative with respect to each unclipped logit.
#[inline(always)]
fn symbol_length(
    row: &[f32],
    bias: &[f32],
    symbol: usize,
    rounds: bool,
    gradient: &mut [f32],
) -> f32 {
    let (low, high) = Grid::LOGIT.range();
    let scale = if rounds { Grid::LOGIT.scale() } else { 1.0 };
    let magic = if rounds { ROUNDING } else { 0.0 };
    let inverse = 1.0 / scale;
    let mut total = [0_f32; 16];
    let blocks = row
        .chunks_exact(16)
        .zip(bias.chunks_exact(16))
        .zip(gradient.chunks_exact_mut(16));
    for ((row, bias), out) in blocks {
        for i in 0..16 {
            let logit = (row[i] + bias[i]).clamp(low, high);
            let logit = ((logit * scale + magic) - magic) * inverse;
            out[i] = exp2(logit);
            total[i] += out[i];
        }
    }
    let total: f32 = total.iter().sum();
    let chosen = gradient[symbol];
    let normaliser = 1.0 / total;
    gradient.iter_mut().for_each(|g| *g *= normaliser);
    gradient[symbol] -= 1.0;
    for ((g, r), b) in gradient.iter_mut().zip(row).zip(bias) {
        let logit = r + b;
        let outward = (logit <= low && *g > 0.0) || (logit >= high && *g < 0.0);
        *g = if outward { 0.0 } else { *g };
    }
    total.log2() - chosen.log2()
}

/// 2^x for 0 ≤ x < 127, relative error below 4e-6: the exponent bits and a polynomial on the fraction.
#[inline(always)]
fn exp2(x: f32) -> f32 {
    let whole = (x + ROUNDING) - ROUNDING;
    let t = x - whole;
    let poly = 1.0
        + t * (std::f32::consts::LN_2
            + t * (0.240_226_5 + t * (0.055_504_1 + t * (0.009_618_1 + t * 0.001_333_4))));
    poly * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

impl Ternary for CodeLength {
    const NAME: &'static str = "code-length";

    fn evaluate(&self, [product, bias, symbols]: [Operand<'_>; 3]) -> Result<(Vec<f32>, Shape)> {
        let symbols = symbols.integers()?;
        let (lengths, gradient) = self.forward(product.values()?, bias.values()?, symbols);
        if let Ok(mut kept) = self.gradient.lock() {
            *kept = gradient;
        }
        Ok((lengths, symbols.len().into()))
    }

    fn differentiate(
        &self,
        [product, bias, _]: [&Tensor; 3],
        _: &Tensor,
        length_gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 3]> {
        let mut gradient = match self.gradient.lock() {
            Ok(mut kept) => std::mem::take(&mut *kept),
            Err(_) => bail!("the forward pass of code-length failed"),
        };
        let mut bias_gradient = vec![0_f32; bias.elem_count()];
        with_values(length_gradient, |length_gradient| {
            Arch::new().dispatch(ScaleRows {
                gradient: &mut gradient,
                length_gradient,
                bias_gradient: &mut bias_gradient,
            });
            Ok(())
        })?;
        Ok([
            Some(tensor_like(gradient, product)?),
            Some(tensor_like(bias_gradient, bias)?),
            None,
        ])
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::kernels::checks::{assert_close, gradients, values, variable, wave};

    #[test]
    fn fused_code_length_equals_composed() -> Result<()> {
        for rounds in [false, true] {
            let x = variable(wave(0, 3 * 256, 4.0), &[3, 256])?;
            let b = variable(vec![8.0; 256], &[256])?;
            let symbols = Tensor::from_vec(vec![0_u32, 200, 255], 3, &Device::Cpu)?;
            let of_form = |form| code_length(form, &x, &b, &symbols, rounds);
            let (fused, composed) = (of_form(Form::Fused)?, of_form(Form::Composed)?);
            assert_close(&values(&fused)?, &values(&composed)?, 1e-4);
            let one = gradients(&fused.sum_all()?, &[&x, &b])?;
            let other = gradients(&composed.sum_all()?, &[&x, &b])?;
            assert_close(&one[0], &other[0], 1e-5);
            assert_close(&one[1], &other[1], 1e-5);
        }
        Ok(())
    }

    #[test]
    fn a_clipped_logit_learns_only_inwards() -> Result<()> {
        let mut logits = vec![0.0; 256];
        logits[3] = -1.0;
        logits[4] = -1.0;
        let x = variable(logits, &[1, 256])?;
        let b = variable(vec![0.0; 256], &[256])?;
        let symbols = Tensor::from_vec(vec![3_u32], 1, &Device::Cpu)?;
        let gradient = gradients(
            &code_length(Form::Fused, &x, &b, &symbols, false)?.sum_all()?,
            &[&x],
        )?;
        assert!(gradient[0][3] < -0.9, "the symbol's own logit rises");
        assert_eq!(gradient[0][4], 0.0, "another clipped logit stays");
        Ok(())
    }
}
