//! AdamW with a bound on the gradient's norm, and a moving average of the weights.

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use crate::Result;
use crate::config::TrainingConfig;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.99;
const EPSILON: f64 = 1e-8;

/// The state that the optimiser keeps for one parameter.
pub struct Slot {
    /// The parameter's name in a checkpoint.
    pub name: String,
    /// The parameter.
    pub parameter: Var,
    /// Moving average of the gradient.
    pub first: Tensor,
    /// Moving average of its square.
    pub second: Tensor,
    /// Moving average of the parameter.
    pub average: Tensor,
    /// The gradient accumulated since the last step.
    gradient: Option<Tensor>,
}

/// AdamW over all parameters of a network.
pub struct Optimiser {
    /// One slot per parameter.
    pub slots: Vec<Slot>,
}

impl Optimiser {
    /// Starts with zero moments, and the averages at the parameters.
    pub fn new(parameters: Vec<(String, &Var)>) -> Result<Self> {
        let slot = |(name, parameter): (String, &Var)| {
            Ok(Slot {
                name,
                parameter: parameter.clone(),
                first: parameter.zeros_like()?,
                second: parameter.zeros_like()?,
                average: parameter.as_tensor().copy()?,
                gradient: None,
            })
        };
        Ok(Self {
            slots: parameters.into_iter().map(slot).collect::<Result<_>>()?,
        })
    }

    /// Adds the gradients of a part of the batch to those of the step.
    pub fn accumulate(&mut self, gradients: &GradStore) -> Result<()> {
        for slot in &mut self.slots {
            let Some(gradient) = gradients.get(&slot.parameter) else {
                continue;
            };
            slot.gradient = Some(match slot.gradient.take() {
                Some(sum) => (sum + gradient)?.detach(),
                None => gradient.detach(),
            });
        }
        Ok(())
    }

    /// Applies the accumulated gradients as `step` (counted from 0); returns their norm before clipping.
    pub fn step(&mut self, step: usize, config: &TrainingConfig) -> Result<f64> {
        let mut squares = 0.0;
        for gradient in self.slots.iter().filter_map(|slot| slot.gradient.as_ref()) {
            squares += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
        }
        let norm = squares.sqrt();
        let shrink = (config.clip_norm / norm.max(1e-12)).min(1.0);
        for slot in &mut self.slots {
            if let Some(gradient) = slot.gradient.take() {
                slot.update(&(gradient * shrink)?, step, config)?;
            }
        }
        Ok(norm)
    }
}

impl Slot {
    fn update(&mut self, gradient: &Tensor, step: usize, config: &TrainingConfig) -> Result<()> {
        let time = step as i32 + 1;
        let rate = config.learning_rate_at(step);
        self.first = ((&self.first * BETA1)? + (gradient * (1.0 - BETA1))?)?.detach();
        self.second = ((&self.second * BETA2)? + (gradient.sqr()? * (1.0 - BETA2))?)?.detach();
        let first = (&self.first / (1.0 - BETA1.powi(time)))?;
        let second = (&self.second / (1.0 - BETA2.powi(time)))?;
        let direction = (first / (second.sqrt()? + EPSILON)?)?;
        let decayed = (self.parameter.as_tensor() * (1.0 - rate * config.weight_decay))?;
        self.parameter
            .set(&(decayed - (direction * rate)?)?.detach())?;
        // The average follows closely at first, so that early evaluations mean something.
        let keep = config
            .ema
            .min((1.0 + f64::from(time)) / (10.0 + f64::from(time)));
        self.average =
            ((&self.average * keep)? + (self.parameter.as_tensor() * (1.0 - keep))?)?.detach();
        Ok(())
    }
}
