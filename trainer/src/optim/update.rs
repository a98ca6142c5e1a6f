//! What one step of the optimiser does: the rule, the rates and the bounds.

use serde::{Deserialize, Serialize};

/// How a gradient changes a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Adam with decoupled weight decay.
    AdamW,
    /// The gradient over the root of its mean square (the paper's choice).
    RmsProp,
    /// The orthogonal matrix nearest to the gradient's average (Jordan et al. 2024); Adam for biases.
    Muon,
}

/// What one step of the optimiser does.
#[derive(Clone, Copy, Debug)]
pub struct Update {
    /// The rule.
    pub rule: Rule,
    /// Steps done before.
    pub step: usize,
    /// Learning rate.
    pub rate: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Decay of the moving average of the weights.
    pub ema: f64,
    /// Largest norm of the whole gradient.
    pub clip_norm: f64,
}
