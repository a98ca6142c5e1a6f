//! AdamW, RMSProp and Muon with a bound on the gradient's norm, and a moving average of the weights.

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use crate::error::Result;
use crate::optim::orthogonal::{is_matrix, orthogonalised};
use crate::optim::update::{Rule, Update};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.99;
const EPSILON: f64 = 1e-8;
/// Decay of the gradient's average under Muon.
const MOMENTUM: f64 = 0.95;
/// The root mean square of a step of Muon, in learning rates: about that of a step of Adam.
const MUON_SIZE: f64 = 0.2;

/// The state that the optimiser keeps for one parameter.
pub(crate) struct Slot {
    /// The parameter's name in a checkpoint.
    pub(crate) name: String,
    /// The parameter.
    pub(crate) parameter: Var,
    /// Moving average of the gradient.
    pub(crate) first: Tensor,
    /// Moving average of the gradient's square.
    pub(crate) second: Tensor,
    /// Moving average of the parameter.
    pub(crate) average: Tensor,
    /// The gradient accumulated since the last step.
    gradient: Option<Tensor>,
}

/// The state of all parameters of a network.
pub(crate) struct Optimiser {
    /// One slot per parameter.
    pub(crate) slots: Vec<Slot>,
}

impl Optimiser {
    /// Starts with moments of zero, and with averages that equal the parameters.
    pub(crate) fn new(parameters: Vec<(String, &Var)>) -> Result<Self> {
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

    /// Sets the parameters of another network of the same kind, on any device, to the averages.
    pub(crate) fn copy_averages(&self, parameters: Vec<(String, &Var)>) -> Result<()> {
        for ((_, parameter), slot) in parameters.iter().zip(&self.slots) {
            parameter.set(&slot.average.to_device(parameter.device())?)?;
        }
        Ok(())
    }

    /// Sets the parameters and their averages to those of another network of the same kind.
    pub(crate) fn return_to(&mut self, parameters: Vec<(String, &Var)>) -> Result<()> {
        for (slot, (_, parameter)) in self.slots.iter_mut().zip(parameters) {
            slot.parameter.set(&parameter.as_tensor().copy()?)?;
            slot.average = parameter.as_tensor().copy()?;
        }
        Ok(())
    }

    /// Adds the gradients of a part of the batch to those of the step.
    pub(crate) fn accumulate(&mut self, gradients: &GradStore) -> Result<()> {
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

    /// Sets the gradients of the step, one for each parameter in their order.
    pub(crate) fn set_gradients(&mut self, gradients: Vec<Tensor>) {
        for (slot, gradient) in self.slots.iter_mut().zip(gradients) {
            slot.gradient = Some(gradient);
        }
    }

    /// The norm of all accumulated gradients together. Waits for the device once.
    fn gradient_norm(&self) -> Result<f64> {
        let gradients = self.slots.iter().filter_map(|slot| slot.gradient.as_ref());
        let squares = gradients.map(|gradient| gradient.sqr()?.sum_all());
        let squares = squares.collect::<candle_core::Result<Vec<_>>>()?;
        if squares.is_empty() {
            return Ok(0.0);
        }
        let squares: Vec<f32> = Tensor::stack(&squares, 0)?.to_vec1()?;
        Ok(squares.into_iter().map(f64::from).sum::<f64>().sqrt())
    }

    /// Applies the accumulated gradients; returns their norm before clipping.
    pub(crate) fn step(&mut self, update: &Update) -> Result<f64> {
        let norm = self.gradient_norm()?;
        let shrink = (update.clip_norm / norm.max(1e-12)).min(1.0);
        for slot in &mut self.slots {
            if let Some(gradient) = slot.gradient.take() {
                slot.update(&(gradient * shrink)?, update)?;
            }
        }
        Ok(norm)
    }
}

impl Slot {
    fn update(&mut self, gradient: &Tensor, update: &Update) -> Result<()> {
        let time = update.step as i32 + 1;
        let direction = match update.rule {
            Rule::Muon if is_matrix(gradient) && !self.name.ends_with(".basis") => {
                self.orthogonal_direction(gradient)?
            }
            rule => self.scaled_direction(gradient, rule, time)?,
        };
        let kept = 1.0 - update.rate * update.weight_decay;
        let decayed = (self.parameter.as_tensor() * kept)?;
        self.parameter
            .set(&(decayed - (direction * update.rate)?)?.detach())?;
        // The average follows closely at first, so that early evaluations mean something.
        let keep = update
            .ema
            .min((1.0 + f64::from(time)) / (10.0 + f64::from(time)));
        self.average =
            ((&self.average * keep)? + (self.parameter.as_tensor() * (1.0 - keep))?)?.detach();
        Ok(())
    }

    /// The gradient, or its average, over the root of its mean square.
    fn scaled_direction(&mut self, gradient: &Tensor, rule: Rule, time: i32) -> Result<Tensor> {
        self.second = ((&self.second * BETA2)? + (gradient.sqr()? * (1.0 - BETA2))?)?.detach();
        let second = (&self.second / (1.0 - BETA2.powi(time)))?;
        let first = match rule {
            Rule::AdamW | Rule::Muon => {
                self.first = ((&self.first * BETA1)? + (gradient * (1.0 - BETA1))?)?.detach();
                (&self.first / (1.0 - BETA1.powi(time)))?
            }
            Rule::RmsProp => gradient.clone(),
        };
        Ok((first / (second.sqrt()? + EPSILON)?)?)
    }

    /// The average of the gradient, looked ahead, with all singular values near 1, scaled to the size of a step of
    /// Adam.
    fn orthogonal_direction(&mut self, gradient: &Tensor) -> Result<Tensor> {
        self.first = ((&self.first * MOMENTUM)? + gradient)?.detach();
        let ahead = (gradient + (&self.first * MOMENTUM)?)?;
        let (rows, columns) = ahead.dims2()?;
        let direction = match rows < columns {
            true => orthogonalised(&ahead)?,
            false => orthogonalised(&ahead.t()?.contiguous()?)?
                .t()?
                .contiguous()?,
        };
        Ok((direction * (MUON_SIZE * (rows.max(columns) as f64).sqrt()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn every_rule_goes_down_a_bowl() -> Result<()> {
        for rule in [Rule::AdamW, Rule::RmsProp, Rule::Muon] {
            let start = Tensor::new(&[[3_f32, -2.0], [1.0, 4.0]], &Device::Cpu)?;
            let parameter = Var::from_tensor(&start)?;
            let mut optimiser = Optimiser::new(vec![("w".into(), &parameter)])?;
            for step in 0..600 {
                let loss = parameter.as_tensor().sqr()?.sum_all()?;
                optimiser.accumulate(&loss.backward()?)?;
                optimiser.step(&Update {
                    rule,
                    step,
                    rate: 0.05,
                    weight_decay: 0.0,
                    ema: 0.9,
                    clip_norm: 100.0,
                })?;
            }
            let left = parameter.as_tensor().sqr()?.sum_all()?.to_scalar::<f32>()?;
            assert!(left < 0.1, "{rule:?}: {left}");
        }
        Ok(())
    }
}
