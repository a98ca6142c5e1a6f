//! What the proof knows about a tensor's channels: ranges and grids of values, and of sums.

use crate::graph::power_of_two;

/// The values of one channel of a tensor.
#[derive(Clone, Copy)]
pub(crate) struct Channel {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Values are multiples of `2^−grid`; `None` when only 0 occurs.
    pub(crate) grid: Option<i32>,
}

impl Channel {
    pub(crate) const BYTE: Channel = Channel::integers(0.0, 255.0);

    pub(crate) const fn integers(low: f64, high: f64) -> Self {
        let grid = Some(0);
        Channel { low, high, grid }
    }

    pub(crate) fn magnitude(&self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    /// The largest magnitude in units of the grid.
    pub(crate) fn in_units(&self) -> f64 {
        self.magnitude() * f64::from(self.grid.unwrap_or(0)).exp2()
    }

    pub(crate) fn times(&self, other: &Channel) -> Channel {
        let corners = [
            self.low * other.low,
            self.low * other.high,
            self.high * other.low,
            self.high * other.high,
        ];
        let grid = self.grid.zip(other.grid);
        Channel {
            low: corners.iter().copied().fold(f64::INFINITY, f64::min),
            high: corners.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            grid: grid.map(|(left, right)| left + right),
        }
    }

    pub(crate) fn is_integers_in(&self, low: f64, high: f64) -> bool {
        self.low >= low && self.high <= high && self.grid.is_none_or(|grid| grid <= 0)
    }

    pub(crate) fn spelled(&self) -> String {
        let unit = -self.grid.unwrap_or(0);
        format!("{} to {} in steps of 2^{unit}", self.low, self.high)
    }
}

/// The terms of one output channel: the sum of their magnitudes, and the grid that all of them fit.
pub(crate) struct Sum {
    pub(crate) magnitude: f64,
    pub(crate) grid: Option<i32>,
    pub(crate) finite: bool,
}

impl Sum {
    /// Starts a sum with a constant.
    pub(crate) fn of(constant: f32) -> Self {
        let nothing = Sum {
            magnitude: 0.0,
            grid: None,
            finite: true,
        };
        nothing.and(constant, &Channel::integers(1.0, 1.0))
    }

    /// Adds a term: a constant times a channel.
    pub(crate) fn and(self, weight: f32, channel: &Channel) -> Self {
        let grid = power_of_two::grid(weight).zip(channel.grid);
        Sum {
            magnitude: self.magnitude + f64::from(weight.abs()) * channel.magnitude(),
            grid: self
                .grid
                .max(grid.map(|(weight, channel)| weight + channel)),
            finite: self.finite && weight.is_finite(),
        }
    }

    /// The sum of magnitudes in units of the grid. Exact below 2^53, far beyond the limit.
    pub(crate) fn in_units(&self) -> f64 {
        self.magnitude * f64::from(self.grid.unwrap_or(0)).exp2()
    }

    pub(crate) fn channel(&self) -> Channel {
        Channel {
            low: -self.magnitude,
            high: self.magnitude,
            grid: self.grid,
        }
    }
}
