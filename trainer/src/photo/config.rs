//! The configuration of a network and of its training, as stored in a checkpoint's `config.json`.

use serde::{Deserialize, Serialize};

use crate::data::disturbance::Disturbance;
use crate::optim::schedule::cosine_rate;
use crate::optim::update::{Rule, Update};

/// How the hidden layers of the trunk are quantised (`docs/model.md`, *Operators*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 10-bit activations carried in float32, weights as fine as 24 bits of sum allow.
    Wide,
    /// `QLinearConv`: 8-bit activations, weights −64..64 with a power-of-two scale per row.
    Int8,
}

/// The shape of a local PixelCNN: a wide masked first layer over a trapezoid of causal neighbours, residual blocks of
/// 1×1 layers, and one softmax head per channel conditioned on the channels before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhotoConfig {
    /// The model's name, such as `photo-rgb`.
    pub name: String,
    /// Coding order: `order[k]` is the image plane coded as channel `k`.
    pub order: Vec<usize>,
    /// Rows above, and columns to each side, that the first layer sees.
    pub reach: i32,
    /// Units of the trunk.
    pub width: usize,
    /// Residual blocks of the trunk.
    pub blocks: usize,
    /// Units of the hidden layer of each head.
    pub head_width: usize,
    /// Basis functions whose weighted sum gives the 256 logits.
    pub basis: usize,
    /// Numeric form of the trunk.
    pub trunk: Precision,
}

impl PhotoConfig {
    /// The shipped photo network for `channels` = 3 (RGB, coded green first) or 1 (gray).
    pub fn photo(channels: usize) -> Self {
        let rgb = channels == 3;
        Self {
            name: if rgb { "photo-rgb" } else { "photo-gray" }.into(),
            order: if rgb { vec![1, 0, 2] } else { vec![0] },
            reach: 4,
            width: if rgb { 96 } else { 64 },
            blocks: 4,
            head_width: 64,
            basis: 32,
            trunk: Precision::Wide,
        }
    }

    /// The number of channels.
    pub fn channels(&self) -> usize {
        self.order.len()
    }

    /// The causal neighbours `(dy, dx)`, row by row from the farthest; `dx ≤ 2·|dy| − 1` keeps the wavefront of
    /// shear 2.
    pub fn taps(&self) -> Vec<(i32, i32)> {
        let reach = self.reach;
        let row = |dy: i32| {
            let last = if dy == 0 {
                -1
            } else {
                (-2 * dy - 1).min(reach)
            };
            (-reach..=last).map(move |dx| (dy, dx))
        };
        (-reach..=0).flat_map(row).collect()
    }

    /// Whether a network of this many blocks has the named parameter.
    pub(crate) fn has_block_of(&self, parameter: &str) -> bool {
        let block = parameter
            .strip_prefix("block")
            .and_then(|rest| rest.split_once('.'))
            .and_then(|(index, _)| index.parse::<usize>().ok());
        block.is_none_or(|index| index < self.blocks)
    }

    /// The number of context features, `F`.
    pub fn features(&self) -> usize {
        self.channels() * (self.taps().len() + 1)
    }
}

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhotoTrainingConfig {
    /// Seed of the initial weights, the crops and the augmentation.
    pub seed: u64,
    /// Optimiser steps in all.
    pub steps: usize,
    /// How many of them, at the end, train with rounding (quantisation-aware).
    pub integer_steps: usize,
    /// How many of the last steps train on crops that are hardly disturbed.
    #[serde(default)]
    pub calm_steps: usize,
    /// Crops per step.
    pub batch: usize,
    /// Side of a crop in pixels.
    pub crop: usize,
    /// Every crop is a whole image of that size, edges included, and only mirrored: for sets of images of one size.
    #[serde(default)]
    pub whole_images: bool,
    /// The update rule.
    #[serde(default = "adam")]
    pub rule: Rule,
    /// Peak learning rate of the cosine schedule.
    pub learning_rate: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Decay of the moving average of the weights, which is evaluated and exported.
    pub ema: f64,
    /// Largest norm of the whole gradient.
    pub clip_norm: f64,
}

/// The rule of older checkpoints, which do not name it.
fn adam() -> Rule {
    Rule::AdamW
}

impl PhotoTrainingConfig {
    /// A training in `steps` steps, the last quarter of them with rounding.
    pub fn new(steps: usize) -> Self {
        Self {
            seed: 1,
            steps,
            integer_steps: steps / 4,
            calm_steps: 0,
            batch: 16,
            crop: 32,
            whole_images: false,
            rule: Rule::AdamW,
            learning_rate: 2e-3,
            weight_decay: 1e-4,
            ema: 0.999,
            clip_norm: 1.0,
        }
    }

    /// What the optimiser does at `step`.
    pub(crate) fn update_at(&self, step: usize) -> Update {
        Update {
            rule: self.rule,
            step,
            rate: self.learning_rate_at(step),
            weight_decay: self.weight_decay,
            ema: self.ema,
            clip_norm: self.clip_norm,
        }
    }

    /// The learning rate of `step`.
    pub(crate) fn learning_rate_at(&self, step: usize) -> f64 {
        cosine_rate(self.learning_rate, step, self.steps)
    }

    /// Whether `step` trains with rounding.
    pub(crate) fn rounds_at(&self, step: usize) -> bool {
        step + self.integer_steps >= self.steps
    }

    /// How the crops of `step` are disturbed.
    pub(crate) fn disturbance_at(&self, step: usize) -> Disturbance {
        match step + self.calm_steps >= self.steps {
            true => Disturbance::CALM,
            false => Disturbance::FULL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_are_causal_under_shear_two() {
        let taps = PhotoConfig::photo(3).taps();
        assert_eq!(taps.len(), 36);
        for (dy, dx) in taps {
            assert!(
                (dy == 0 && dx < 0) || (dy < 0 && dx < -2 * dy),
                "({dy}, {dx})"
            );
        }
    }
}
