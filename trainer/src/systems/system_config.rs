//! Which of the paper's networks, of what size, for which images: what a checkpoint's `config.json` stores.

use serde::{Deserialize, Serialize};

use super::extent::Tap;
use crate::numeric::Grid;

/// The networks of the paper (arXiv 1601.06759, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Residual blocks of masked 3×3 convolutions (section 3.6).
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

/// What the samples of an image are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Samples {
    /// One channel of 0 or 1.
    Bilevel,
    /// One channel of 0 to 255.
    Gray,
    /// Red, green and blue, 0 to 255, coded in this order.
    Rgb,
}

impl Samples {
    /// Channels of a pixel, `K`.
    pub fn channels(self) -> usize {
        match self {
            Samples::Bilevel | Samples::Gray => 1,
            Samples::Rgb => 3,
        }
    }

    /// Values of a sample.
    pub fn levels(self) -> usize {
        match self {
            Samples::Bilevel => 2,
            Samples::Gray | Samples::Rgb => 256,
        }
    }

    /// What the network is told of a sample.
    pub fn real(self, sample: u8) -> f32 {
        let centred = 2 * i32::from(sample) - (self.levels() as i32 - 1);
        centred as f32 / self.grid().scale()
    }

    /// The values of the network's input: `2x − (levels − 1)`, in units of 128 for 256 levels.
    pub fn grid(self) -> Grid {
        match self {
            Samples::Bilevel => Grid {
                step: 0,
                low: -1,
                high: 1,
            },
            Samples::Gray | Samples::Rgb => Grid {
                step: 7,
                low: -255,
                high: 255,
            },
        }
    }
}

/// The size of one of the paper's networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemConfig {
    /// The model's name, such as `mnist-diagonal-7x16`.
    pub name: String,
    /// Which network.
    pub family: Family,
    /// For which images.
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
    /// Of a network of Multi-Scale, its place there (section 3.7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
}

/// The two networks of Multi-Scale: one draws the coarse image, which has the first pixel of each block of `ratio × ratio`
/// pixels; the other draws the rest, and sees the coarse image.
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

impl SystemConfig {
    /// The first layer reaches so many rows and columns: 7×7, mask A.
    pub const REACH: i32 = 3;

    /// Channels of a pixel, `K`.
    pub fn channels(&self) -> usize {
        self.samples.channels()
    }

    /// The side of a block whose first pixel the network sees beforehand, and the maps made of them, if it does.
    pub fn coarse(&self) -> Option<(usize, usize)> {
        match self.scale {
            Some(Scale::Fine { ratio, maps }) => Some((ratio, maps)),
            Some(Scale::Coarse { .. }) | None => None,
        }
    }

    /// How many pixels of an image there are for each that the network draws, in each direction.
    pub fn subsampling(&self) -> usize {
        match self.scale {
            Some(Scale::Coarse { ratio }) => ratio,
            Some(Scale::Fine { .. }) | None => 1,
        }
    }

    /// Whether a pixel is known before the others.
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
