//! The element-wise work between matrix products, each as one pass over memory with its own gradient.
//!
//! On the CPU these are Candle custom operations; on other devices the same functions are composed of Candle's own. Both
//! give the same values (tested), but only the CPU form is used to evaluate integer networks.

use std::sync::Mutex;

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail,
};

use pulp::{Arch, Simd, WithSimd};

use crate::numeric::{Grid, ROUNDING};

/// Adds `bias` (and `residual`), clips to `grid`, and rounds to it when `rounds`: what stands between two layers.
///
/// `product` and `residual` are `[pixels, outputs]`, `bias` is `[outputs]`. The gradient passes straight through the
/// rounding and stops where the clip is active.
pub fn requantise(
    product: &Tensor,
    bias: &Tensor,
    residual: Option<&Tensor>,
    grid: Grid,
    rounds: bool,
) -> Result<Tensor> {
    if !product.device().is_cpu() {
        return requantise_composed(product, bias, residual, grid, rounds);
    }
    let op = Requantise { grid, rounds };
    match residual {
        Some(residual) => product.apply_op3(bias, residual, op),
        None => product.apply_op2(bias, op),
    }
}

/// [`requantise`] from Candle's own operations.
pub fn requantise_composed(
    product: &Tensor,
    bias: &Tensor,
    residual: Option<&Tensor>,
    grid: Grid,
    rounds: bool,
) -> Result<Tensor> {
    let mut sum = product.broadcast_add(bias)?;
    if let Some(residual) = residual {
        sum = (sum + residual)?;
    }
    let (low, high) = grid.range();
    let clipped = sum.clamp(low, high)?;
    if !rounds {
        return Ok(clipped);
    }
    let scale = f64::from(grid.scale());
    let rounded = ((clipped.affine(scale, f64::from(ROUNDING))? - f64::from(ROUNDING))? / scale)?;
    &clipped + (rounded - &clipped)?.detach()
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
        let range = self.grid.range();
        Arch::new().dispatch(PassInside {
            range,
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
        let (result, gradient) = (values(result)?, values(gradient)?);
        let (sum, bias_gradient) = self.backward(&result, &gradient, bias.elem_count());
        let sum = Tensor::from_vec(sum, product.shape(), product.device())?;
        Ok((
            sum,
            Tensor::from_vec(bias_gradient, bias.shape(), bias.device())?,
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
    range: (f32, f32),
    result: &'a [f32],
    gradient: &'a [f32],
    sum: &'a mut [f32],
    bias: &'a mut [f32],
}

impl WithSimd for PassInside<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (low, high) = self.range;
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

impl CustomOp3 for Requantise {
    fn name(&self) -> &'static str {
        "requantise-residual"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let out = self.forward(slice(s1, l1)?, slice(s2, l2)?, Some(slice(s3, l3)?));
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        _: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (sum, bias) = self.gradients(a, b, result, gradient)?;
        Ok((Some(sum.clone()), Some(bias), Some(sum)))
    }
}

/// The code length in bits of each pixel's symbol: `log2 Σ 2^logit − logit[symbol]`, with logits = `product + bias`
/// clipped (and rounded) to [`Grid::LOGIT`], in bits.
///
/// `product` is `[pixels, 256]`, `bias` `[256]`, `symbols` u32 `[pixels]`; the result is `[pixels]`. Where the clip is
/// active the gradient passes only if it leads back into the range.
pub fn code_length(
    product: &Tensor,
    bias: &Tensor,
    symbols: &Tensor,
    rounds: bool,
) -> Result<Tensor> {
    if !product.device().is_cpu() {
        return code_length_composed(product, bias, symbols, rounds);
    }
    let op = CodeLength {
        rounds,
        gradient: Mutex::new(Vec::new()),
    };
    product.apply_op3(bias, symbols, op)
}

/// [`code_length`] from Candle's own operations; its gradient stops wherever the clip is active.
pub fn code_length_composed(
    product: &Tensor,
    bias: &Tensor,
    symbols: &Tensor,
    rounds: bool,
) -> Result<Tensor> {
    let logits = requantise_composed(product, bias, None, Grid::LOGIT, rounds)?;
    let nats = (logits * std::f64::consts::LN_2)?;
    let log_softmax = candle_nn::ops::log_softmax(&nats, 1)?;
    let chosen = log_softmax.gather(&symbols.unsqueeze(1)?, 1)?.squeeze(1)?;
    chosen / -std::f64::consts::LN_2
}

const SYMBOLS: usize = 256;

struct CodeLength {
    rounds: bool,
    /// The gradient of each logit for a unit gradient of its pixel, from the forward pass.
    gradient: Mutex<Vec<f32>>,
}

impl CodeLength {
    fn forward(&self, product: &[f32], bias: &[f32], symbols: &[u32]) -> (Vec<f32>, Vec<f32>) {
        let mut lengths = vec![0_f32; symbols.len()];
        let mut gradient = vec![0_f32; product.len()];
        let rows = CodeLengthRows {
            rounds: self.rounds,
            product,
            bias,
            symbols,
            lengths: &mut lengths,
            gradient: &mut gradient,
        };
        Arch::new().dispatch(rows);
        (lengths, gradient)
    }
}

/// The forward pass of [`CodeLength`], pixel by pixel.
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
        for ((row, gradient), (length, &symbol)) in
            rows.zip(self.lengths.iter_mut().zip(self.symbols))
        {
            *length = pixel_length(row, self.bias, symbol as usize, self.rounds, gradient);
        }
    }
}

/// The backward pass of [`CodeLength`]: scales each pixel's gradient and sums those of the bias.
struct ScaleRows<'a> {
    gradient: &'a mut [f32],
    pixel_gradient: &'a [f32],
    bias_gradient: &'a mut [f32],
}

impl WithSimd for ScaleRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (row, g) in self
            .gradient
            .chunks_exact_mut(SYMBOLS)
            .zip(self.pixel_gradient)
        {
            for (r, b) in row.iter_mut().zip(self.bias_gradient.iter_mut()) {
                *r *= g;
                *b += *r;
            }
        }
    }
}

/// One pixel's code length; `gradient` receives its derivative with respect to each unclipped logit.
#[inline(always)]
fn pixel_length(
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

impl CustomOp3 for CodeLength {
    fn name(&self) -> &'static str {
        "code-length"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let CpuStorage::U32(symbols) = s3 else {
            bail!("symbols must be u32")
        };
        let Some((start, end)) = l3.contiguous_offsets() else {
            bail!("symbols must be contiguous")
        };
        let (lengths, gradient) =
            self.forward(slice(s1, l1)?, slice(s2, l2)?, &symbols[start..end]);
        if let Ok(mut kept) = self.gradient.lock() {
            *kept = gradient;
        }
        Ok((CpuStorage::F32(lengths), (end - start).into()))
    }

    fn bwd(
        &self,
        product: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        _: &Tensor,
        pixel_gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let mut gradient = match self.gradient.lock() {
            Ok(mut kept) => std::mem::take(&mut *kept),
            Err(_) => bail!("the forward pass of code-length failed"),
        };
        let pixel_gradient = values(pixel_gradient)?;
        let mut bias_gradient = vec![0_f32; SYMBOLS];
        Arch::new().dispatch(ScaleRows {
            gradient: &mut gradient,
            pixel_gradient: &pixel_gradient,
            bias_gradient: &mut bias_gradient,
        });
        let gradient = Tensor::from_vec(gradient, product.shape(), product.device())?;
        Ok((
            Some(gradient),
            Some(Tensor::from_vec(
                bias_gradient,
                bias.shape(),
                bias.device(),
            )?),
            None,
        ))
    }
}

/// Replaces a parameter by its rounded `value`; the gradient passes straight through.
pub fn straight_through(parameter: &Tensor, value: Vec<f32>) -> Result<Tensor> {
    if parameter.device().is_cpu() {
        return parameter.apply_op1(StraightThrough(Mutex::new(value)));
    }
    let value = Tensor::from_vec(value, parameter.shape(), parameter.device())?;
    parameter + (value - parameter)?.detach()
}

struct StraightThrough(Mutex<Vec<f32>>);

impl CustomOp1 for StraightThrough {
    fn name(&self) -> &'static str {
        "straight-through"
    }

    fn cpu_fwd(&self, _: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        match self.0.lock() {
            Ok(mut value) if value.len() == layout.shape().elem_count() => Ok((
                CpuStorage::F32(std::mem::take(&mut *value)),
                layout.shape().clone(),
            )),
            _ => bail!(
                "straight-through: expected {} values",
                layout.shape().elem_count()
            ),
        }
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(gradient.clone()))
    }
}

fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        (CpuStorage::F32(_), None) => bail!("expected a contiguous tensor, found {layout:?}"),
        _ => bail!("expected a float32 tensor"),
    }
}

fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    fn wave(count: usize, scale: f32) -> Vec<f32> {
        (0..count)
            .map(|i| ((i * 7919 % 1009) as f32 / 504.5 - 1.0) * scale)
            .collect()
    }

    fn variable(values: Vec<f32>, shape: &[usize]) -> Result<Var> {
        Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)
    }

    fn gradients(loss: &Tensor, variables: &[&Var]) -> Result<Vec<Vec<f32>>> {
        let store = loss.backward()?;
        variables
            .iter()
            .map(|v| values(store.get(v).expect("gradient")))
            .collect()
    }

    fn assert_close(a: &[f32], b: &[f32], tolerance: f32) {
        assert_eq!(a.len(), b.len());
        let worst = a
            .iter()
            .zip(b)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(worst <= tolerance, "largest difference {worst}");
    }

    #[test]
    fn fused_requantise_equals_composed() -> Result<()> {
        for rounds in [false, true] {
            let x = variable(wave(60, 20.0), &[12, 5])?;
            let r = variable(wave(60, 7.0), &[12, 5])?;
            let b = variable(wave(5, 1.0), &[5])?;
            let fused = requantise(&x, &b, Some(&r), Grid::WIDE, rounds)?;
            let composed = requantise_composed(&x, &b, Some(&r), Grid::WIDE, rounds)?;
            assert_close(&values(&fused)?, &values(&composed)?, 1e-6);
            let weights = Tensor::from_vec(wave(60, 1.0), (12, 5), &Device::Cpu)?;
            let one = gradients(&(fused * &weights)?.sum_all()?, &[&x, &b, &r])?;
            let other = gradients(&(composed * &weights)?.sum_all()?, &[&x, &b, &r])?;
            for (a, b) in one.iter().zip(&other) {
                assert_close(a, b, 1e-4);
            }
        }
        Ok(())
    }

    #[test]
    fn fused_code_length_equals_composed() -> Result<()> {
        for rounds in [false, true] {
            let x = variable(wave(3 * 256, 4.0), &[3, 256])?;
            let b = variable(vec![8.0; 256], &[256])?;
            let symbols = Tensor::from_vec(vec![0_u32, 200, 255], 3, &Device::Cpu)?;
            let fused = code_length(&x, &b, &symbols, rounds)?;
            let composed = code_length_composed(&x, &b, &symbols, rounds)?;
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
        let gradient = gradients(&code_length(&x, &b, &symbols, false)?.sum_all()?, &[&x])?;
        assert!(gradient[0][3] < -0.9, "the symbol's own logit rises");
        assert_eq!(gradient[0][4], 0.0, "another clipped logit stays");
        Ok(())
    }
}
