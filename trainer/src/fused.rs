//! The element-wise work between matrix products, each as one pass over memory with its own gradient.
//!
//! On the CPU these are Candle custom operations; on other devices the same functions are composed of Candle's own. Both
//! give the same values (tested), but only the CPU form is used to evaluate integer networks.

use std::sync::Mutex;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Storage, Tensor, bail};

mod requantise;
mod code_length;

pub use code_length::{code_length, code_length_composed};
pub use requantise::{requantise, requantise_composed};

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

pub(crate) fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        (CpuStorage::F32(_), None) => bail!("expected a contiguous tensor, found {layout:?}"),
        _ => bail!("expected a float32 tensor"),
    }
}

/// Lends the float32 values of a tensor on the CPU to `work`; only a tensor that is not contiguous is copied.
pub(crate) fn with_values<T>(tensor: &Tensor, work: impl FnOnce(&[f32]) -> Result<T>) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => work(slice(storage, layout)?),
        _ => bail!("expected a tensor on the CPU"),
    }
}

/// Values as a tensor of the shape and on the device of another.
pub(crate) fn tensor_like(values: Vec<f32>, like: &Tensor) -> Result<Tensor> {
    Tensor::from_vec(values, like.shape(), like.device())
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::checks::{assert_close, gradients, values, variable, wave};
    use crate::numeric::Grid;

    #[test]
    fn fused_requantise_equals_composed() -> Result<()> {
        for rounds in [false, true] {
            let x = variable(wave(0, 60, 20.0), &[12, 5])?;
            let r = variable(wave(0, 60, 7.0), &[12, 5])?;
            let b = variable(wave(0, 5, 1.0), &[5])?;
            let fused = requantise(&x, &b, Some(&r), Grid::WIDE, rounds)?;
            let composed = requantise_composed(&x, &b, Some(&r), Grid::WIDE, rounds)?;
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

    #[test]
    fn fused_code_length_equals_composed() -> Result<()> {
        for rounds in [false, true] {
            let x = variable(wave(0, 3 * 256, 4.0), &[3, 256])?;
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
