//! A parameter in, its rounded value out; the gradient passes straight through to the parameter.

use std::sync::Mutex;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use crate::kernels::form::Form;

/// Replaces a parameter by its rounded `value`; the gradient passes straight through.
pub(crate) fn straight_through(form: Form, parameter: &Tensor, value: Vec<f32>) -> Result<Tensor> {
    match form {
        Form::Fused => parameter.apply_op1(StraightThrough(Mutex::new(value))),
        Form::Composed => {
            let value = Tensor::from_vec(value, parameter.shape(), parameter.device())?;
            parameter + (value - parameter)?.detach()
        }
    }
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
