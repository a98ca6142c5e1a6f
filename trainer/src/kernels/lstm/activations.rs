//! Sigmoid and hyperbolic tangent, in a form that compilers vectorise, and as the tables of the integer network.

use std::sync::LazyLock;

use crate::kernels::grid::Grid;

/// `tanh x` by a continued fraction, within 2·10⁻⁶.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let x = x.clamp(-7.9, 7.9);
    let s = x * x;
    // Numerator and denominator of degree 13 and 6, Horner.
    let p = -2.760_768_4e-16_f32;
    let p = p * s + 2.000_188e-13;
    let p = p * s - 8.604_672e-11;
    let p = p * s + 5.122_297e-8;
    let p = p * s + 1.485_722_4e-5;
    let p = p * s + 6.372_619e-4;
    let p = p * s + 4.893_525e-3;
    let q = 1.198_258_4e-6_f32;
    let q = q * s + 1.185_347_1e-4;
    let q = q * s + 2.268_434_6e-3;
    let q = q * s + 4.893_525e-3;
    x * p / q
}

/// `1 / (1 + e^−x)`.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    0.5 + 0.5 * tanh(0.5 * x)
}

/// A function of one value as a table, in which the exported network looks it up (`docs/model.md`, *Operators*).
pub struct Table {
    /// The arguments; index 0 is `input.low`.
    pub input: Grid,
    /// The values of the function.
    pub output: Grid,
    /// `input.high − input.low + 1` values on `output`, as reals.
    pub values: Vec<f32>,
}

impl Table {
    fn new(input: Grid, output: Grid, function: impl Fn(f64) -> f64) -> Table {
        let value = |x: i32| {
            let x = f64::from(x) / f64::from(input.scale());
            let y = function(x) * f64::from(output.scale());
            y.round_ties_even() as f32 / output.scale()
        };
        Table {
            input,
            output,
            values: (input.low..=input.high).map(value).collect(),
        }
    }

    /// The function of the nearest argument.
    #[inline(always)]
    pub(crate) fn at(&self, x: f32) -> f32 {
        let (low, high) = (self.input.low as f32, self.input.high as f32);
        let index = (x * self.input.scale() - low).clamp(0.0, high - low);
        self.values[index.round_ties_even() as usize]
    }
}

/// The gates of an LSTM.
pub static SIGMOID: LazyLock<Table> = LazyLock::new(|| {
    let input = Grid {
        step: 7,
        low: -1024,
        high: 1024,
    };
    Table::new(input, Grid::GATE, |x| 1.0 / (1.0 + (-x).exp()))
});

/// The input and the output of an LSTM.
pub static TANH: LazyLock<Table> = LazyLock::new(|| {
    let input = Grid {
        step: 8,
        low: -1280,
        high: 1280,
    };
    Table::new(input, Grid::SQUASHED, f64::tanh)
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_close_to_the_real_ones() {
        for i in -4000..=4000 {
            let x = i as f32 / 400.0;
            assert!((tanh(x) - x.tanh()).abs() < 2e-6, "tanh {x}: {}", tanh(x));
            assert!((sigmoid(x) - 1.0 / (1.0 + (-x).exp())).abs() < 2e-6);
            assert!((TANH.at(x) - x.tanh()).abs() < 3e-3);
            assert!((SIGMOID.at(x) - 1.0 / (1.0 + (-x).exp())).abs() < 3e-3);
        }
        assert_eq!((TANH.at(0.0), SIGMOID.at(0.0)), (0.0, 0.5));
    }
}
