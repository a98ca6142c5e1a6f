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
pub(crate) struct Update {
    /// The rule.
    pub(crate) rule: Rule,
    /// Steps done before.
    pub(crate) step: usize,
    /// Learning rate.
    pub(crate) rate: f64,
    /// Decoupled weight decay.
    pub(crate) weight_decay: f64,
    /// Decay of the moving average of the weights.
    pub(crate) ema: f64,
    /// Largest norm of the whole gradient.
    pub(crate) clip_norm: f64,
}
