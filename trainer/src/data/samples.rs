//! The samples of a set of images, and the numbers that the paper's networks see for them.

use serde::{Deserialize, Serialize};

use crate::kernels::grid::Grid;

/// The kind of an image's samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// The number that the network sees for a sample.
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
