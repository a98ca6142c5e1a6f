//! One of the paper's networks, its size, its images and its training, as a checkpoint's `config.json` stores them.

use serde::{Deserialize, Serialize};

use crate::data::image_sets::shape::ImageShape;
use crate::data::samples::Samples;
use crate::kernels::extent::Tap;
use crate::optim::schedule::cosine_rate;
use crate::optim::update::{Rule, Update};

/// The networks of the paper (arXiv 1601.06759, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Residual blocks of masked 3×3 convolutions (section 3.6).
    #[serde(rename = "pixelcnn")]
    PixelCnn,
    /// LSTM layers that walk down row by row, with a triangular receptive field (section 3.1).
    RowLstm,
    /// LSTM layers that walk along the diagonals from both upper corners (section 3.2).
    DiagonalBilstm,
}

impl Family {
    /// The name in `docs/model.md`.
    pub fn name(self) -> &'static str {
        match self {
            Family::PixelCnn => "pixelcnn",
            Family::RowLstm => "row-lstm",
            Family::DiagonalBilstm => "diagonal-bilstm",
        }
    }
}

/// The size of one of the paper's networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PaperConfig {
    /// The model's name, such as `mnist-diagonal-7x16`.
    pub name: String,
    /// Which network.
    pub family: Family,
    /// The kind of images.
    pub samples: Samples,
    /// Width of an image, in pixels.
    pub width: usize,
    /// Height of an image, in pixels.
    pub height: usize,
    /// Residual blocks or LSTM layers.
    pub layers: usize,
    /// Hidden units `h` of a block; the map between the blocks has `2h` features.
    pub hidden: usize,
    /// Feature maps of the two layers before the softmax.
    pub head: usize,
    /// Whether the softmax's layers also see the hidden units of every block (skip connections).
    pub skip: bool,
    /// Whether the map that a block reads is added to what it makes (residual connections).
    #[serde(default = "with_residuals", skip_serializing_if = "Clone::clone")]
    pub residual: bool,
    /// Which of the two networks of Multi-Scale it is (section 3.7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
}

fn with_residuals() -> bool {
    true
}

/// The two networks of Multi-Scale: one draws the coarse image, which has the first pixel of each block of
/// `ratio × ratio` pixels; the other draws the rest, and sees the coarse image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// The network of the coarse image; `width` and `height` are the coarse image's.
    Coarse {
        /// Side of a block.
        ratio: usize,
    },
    /// The network of the rest.
    Fine {
        /// Side of a block.
        ratio: usize,
        /// Feature maps of the two layers that upsample the coarse image.
        maps: usize,
    },
}

impl PaperConfig {
    /// Rows above, and columns to each side, that the first layer reads: 7×7, mask A.
    pub(crate) const REACH: i32 = 3;

    /// Channels of a pixel, `K`.
    pub fn channels(&self) -> usize {
        self.samples.channels()
    }

    /// The images that the network draws.
    pub fn image_shape(&self) -> ImageShape {
        ImageShape {
            samples: self.samples,
            width: self.width,
            height: self.height,
            subsampling: match self.scale {
                Some(Scale::Coarse { ratio }) => ratio,
                Some(Scale::Fine { .. }) | None => 1,
            },
        }
    }

    /// For the fine network of Multi-Scale: the side of a block, whose first pixel the network knows beforehand, and
    /// the feature maps of the upsampled coarse image.
    pub fn coarse(&self) -> Option<(usize, usize)> {
        match self.scale {
            Some(Scale::Fine { ratio, maps }) => Some((ratio, maps)),
            Some(Scale::Coarse { .. }) | None => None,
        }
    }

    /// Whether the fine network of Multi-Scale knows a pixel beforehand.
    pub fn knows(&self, y: usize, x: usize) -> bool {
        let first = |ratio| y.is_multiple_of(ratio) && x.is_multiple_of(ratio);
        self.coarse().is_some_and(|(ratio, _)| first(ratio))
    }

    /// The neighbours that the first layer sees, row by row from the top.
    pub fn taps(&self) -> Vec<Tap> {
        let reach = Self::REACH;
        let rows = (-reach..=0).flat_map(|dy| (-reach..=reach).map(move |dx| (dy, dx)));
        rows.filter(|&(dy, dx)| dy < 0 || dx < 0).collect()
    }

    /// The wavefront's shear (`docs/model.md`), enough for the first layer: raster order for Diagonal BiLSTM, whose
    /// right-to-left half reads the whole row above.
    pub fn shear(&self) -> usize {
        let least = Self::REACH as usize + 1;
        match self.family {
            Family::PixelCnn | Family::RowLstm => least,
            Family::DiagonalBilstm => self.width.max(least),
        }
    }
}

/// How a network of the paper is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PaperTrainingConfig {
    /// Seed of the initial weights and of the order of the images.
    pub seed: u64,
    /// Optimiser steps in all.
    pub steps: usize,
    /// Images per step.
    pub batch: usize,
    /// The update rule.
    pub rule: Rule,
    /// Peak learning rate of the cosine schedule.
    pub learning_rate: f64,
    /// Decay of the moving average of the weights, which is evaluated and exported.
    pub ema: f64,
    /// Largest norm of the whole gradient.
    pub clip_norm: f64,
}

impl PaperTrainingConfig {
    /// What the optimiser does at `step`.
    pub(crate) fn update_at(&self, step: usize) -> Update {
        Update {
            rule: self.rule,
            step,
            rate: cosine_rate(self.learning_rate, step, self.steps),
            weight_decay: 0.0,
            ema: self.ema,
            clip_norm: self.clip_norm,
        }
    }
}
