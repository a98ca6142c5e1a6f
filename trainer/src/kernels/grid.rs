//! The integer tensors of an exported network (`docs/model.md`), in the trainer's real-valued units.
//!
//! A tensor of the trainer holds `integer · 2^−step`. Powers of two change no mantissa, so float32 sums that are exact
//! on integers are exact here too, and the trainer's rounded network *is* the exported one.

use serde::{Deserialize, Serialize};

/// 1.5 · 2^23: adding and subtracting it rounds a float32 of magnitude ≤ 2^22 to the nearest integer, ties to even.
pub(crate) const ROUNDING: f32 = 12_582_912.0;

/// The values of an integer tensor: `integer · 2^−step` with the integer in `low..=high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Fractional bits.
    pub step: i32,
    /// Smallest integer.
    pub low: i32,
    /// Largest integer.
    pub high: i32,
}

impl Grid {
    /// Differences of samples: integers in −255..255, in units of 16.
    pub const DIFFERENCE: Self = Self {
        step: 4,
        low: -255,
        high: 255,
    };
    /// Wide rectified activations: 10 bits, 0 to 16.
    pub const WIDE: Self = Self {
        step: 6,
        low: 0,
        high: 1023,
    };
    /// Rectified activations of `QLinearConv`: 8 bits, 0 to 16.
    pub const BYTE: Self = Self {
        step: 4,
        low: 0,
        high: 255,
    };
    /// Coefficients of the basis: 11 bits with sign, −8 to 8.
    pub const COEFFICIENT: Self = Self {
        step: 7,
        low: -1023,
        high: 1023,
    };
    /// Logits: sixteenths of a bit, 0 to 255.
    pub const LOGIT: Self = Self {
        step: 4,
        low: 0,
        high: 255,
    };

    /// Gates of an LSTM: 0 to 1.
    pub const GATE: Self = Self {
        step: 9,
        low: 0,
        high: 512,
    };
    /// Hyperbolic tangents: −1 to 1.
    pub const SQUASHED: Self = Self {
        step: 10,
        low: -1024,
        high: 1024,
    };
    /// Cell states of an LSTM: −16 to 16.
    pub const CELL: Self = Self {
        step: 10,
        low: -16383,
        high: 16383,
    };
    /// Hidden states of an LSTM: −1 to 1.
    pub const HIDDEN: Self = Self {
        step: 9,
        low: -512,
        high: 512,
    };
    /// Features of the paper's networks: 12 bits with sign, −16 to 16.
    pub const FEATURE: Self = Self {
        step: 7,
        low: -2047,
        high: 2047,
    };
    /// The same, rectified.
    pub const RECTIFIED: Self = Self {
        step: 7,
        low: 0,
        high: 2047,
    };

    /// The nearest value, ties to even.
    pub fn round(self, value: f32) -> f32 {
        let scaled = value * self.scale();
        scaled
            .clamp(self.low as f32, self.high as f32)
            .round_ties_even()
            / self.scale()
    }

    /// Units per 1.0.
    pub fn scale(self) -> f32 {
        (self.step as f32).exp2()
    }

    /// The real values of the ends.
    pub fn range(self) -> (f32, f32) {
        (
            self.low as f32 / self.scale(),
            self.high as f32 / self.scale(),
        )
    }

    /// The largest magnitude as a real value.
    pub fn magnitude(self) -> f64 {
        f64::from(self.low.abs().max(self.high.abs())) / f64::from(self.scale())
    }
}
