//! Rounds the weights of a layer to the integers of the exported network (`docs/model.md`, *Operators*), as fine as
//! exact sums allow.
//!
//! In: weights `[inputs, outputs]`, biases `[outputs]` and the grids of the inputs. Out: a [`QuantisedLayer`].

use crate::kernels::grid::Grid;

/// Float32 holds every integer up to this magnitude.
const EXACT: f64 = (1 << 24) as f64;

/// Weights never get finer than this many fractional bits.
const FINEST: i32 = 14;

/// The weights of one layer of the exported network.
#[derive(Clone, Debug)]
pub struct QuantisedLayer {
    /// `inputs × outputs`, row-major, dyadic.
    pub weight: Vec<f32>,
    /// `outputs`, dyadic.
    pub bias: Vec<f32>,
    /// The fractional bits of the weights of each output.
    pub fraction: Vec<i32>,
}

/// The bound of a layer's sums: the grids of its inputs and of the residual added to its output.
pub(crate) struct SumBound<'a> {
    /// The grid of each input.
    pub(crate) inputs: &'a [Grid],
    /// The grid of the residual input, if any.
    pub(crate) residual: Option<Grid>,
}

impl SumBound<'_> {
    /// The finest grid among the inputs.
    fn input_step(&self) -> i32 {
        self.inputs
            .iter()
            .chain(&self.residual)
            .map(|g| g.step)
            .max()
            .unwrap_or(0)
    }
}

/// Rounds a float32-carried layer: every output gets the finest weights whose sums still stay below 2^24.
///
/// `weight` is `inputs × outputs`, row-major.
pub(crate) fn quantise_wide(weight: &[f32], bias: &[f32], bound: &SumBound) -> QuantisedLayer {
    let outputs = bias.len();
    let step = bound.input_step();
    let mut sums: Vec<f64> = bias.iter().map(|b| f64::from(b.abs())).collect();
    for (row, grid) in weight.chunks_exact(outputs).zip(bound.inputs) {
        let magnitude = grid.magnitude();
        sums.iter_mut()
            .zip(row)
            .for_each(|(sum, w)| *sum += f64::from(w.abs()) * magnitude);
    }
    let residual = bound.residual.map_or(0.0, Grid::magnitude);
    // Rounding moves each weight by at most half a unit: `slack` counts those moves in units of the sum's grid.
    let slack = bound
        .inputs
        .iter()
        .map(|g| g.magnitude() * f64::from(1 << step) * 0.5)
        .sum::<f64>()
        + 1.0;
    let fraction: Vec<i32> = sums
        .iter()
        .map(|sum| {
            let room = (EXACT - 1.0 - slack).max(1.0)
                / ((sum + residual).max(1e-9) * f64::from(1 << step));
            (room.log2().floor() as i32).min(FINEST)
        })
        .collect();
    round_columns(weight, bias, fraction, |f| f + step)
}

/// Rounds a `QLinearConv` layer: weights −64..64 with a power-of-two scale per output, bias on the grid of the sums.
pub(crate) fn quantise_int8(weight: &[f32], bias: &[f32], bound: &SumBound) -> QuantisedLayer {
    let outputs = bias.len();
    let step = bound.input_step();
    // A residual input is an identity block: its weight 1 must fit 64 units, so at most 6 fractional bits.
    let finest = if bound.residual.is_some() { 6 } else { FINEST };
    let mut largest = vec![0_f32; outputs];
    for row in weight.chunks_exact(outputs) {
        largest
            .iter_mut()
            .zip(row)
            .for_each(|(l, w)| *l = l.max(w.abs()));
    }
    let fraction: Vec<i32> = largest
        .iter()
        .map(|l| ((64.0 / l.max(1e-9)).log2().floor() as i32).min(finest))
        .collect();
    round_columns(weight, bias, fraction, |f| f + step)
}

fn round_columns(
    weight: &[f32],
    bias: &[f32],
    fraction: Vec<i32>,
    bias_fraction: impl Fn(i32) -> i32,
) -> QuantisedLayer {
    let scale: Vec<f32> = fraction.iter().map(|&f| (f as f32).exp2()).collect();
    let rounded = |w: f32, s: f32| (w * s).round_ties_even() / s;
    let weight = weight
        .chunks_exact(bias.len())
        .flat_map(|row| row.iter().zip(&scale).map(|(&w, &s)| rounded(w, s)))
        .collect();
    let bias = bias
        .iter()
        .zip(&fraction)
        .map(|(&b, &f)| rounded(b, (bias_fraction(f) as f32).exp2()))
        .collect();
    QuantisedLayer {
        weight,
        bias,
        fraction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_sums_stay_below_two_to_the_24() {
        let inputs = [Grid::DIFFERENCE; 111];
        let weight: Vec<f32> = (0..111 * 3)
            .map(|i| ((i * 37 % 101) as f32 - 50.0) / 70.0)
            .collect();
        let bound = SumBound {
            inputs: &inputs,
            residual: Some(Grid::WIDE),
        };
        let layer = quantise_wide(&weight, &[0.3, -1.7, 0.0], &bound);
        for m in 0..3 {
            let unit = f64::from(layer.fraction[m] + 6).exp2();
            let sum: f64 = (0..111)
                .map(|i| f64::from(layer.weight[i * 3 + m].abs()) * Grid::DIFFERENCE.magnitude())
                .sum();
            let total = (sum + f64::from(layer.bias[m].abs()) + Grid::WIDE.magnitude()) * unit;
            assert!(total < EXACT, "output {m}: {total}");
            assert!(total > EXACT / 5.0, "output {m} wastes precision: {total}");
        }
    }

    #[test]
    fn int8_weights_fit_64_units() {
        let weight: Vec<f32> = (0..8).map(|i| i as f32 / 3.0 - 1.1).collect();
        let inputs = [Grid::BYTE; 4];
        let layer = quantise_int8(
            &weight,
            &[0.1, 0.2],
            &SumBound {
                inputs: &inputs,
                residual: None,
            },
        );
        for (i, w) in layer.weight.iter().enumerate() {
            let units = w * (layer.fraction[i % 2] as f32).exp2();
            assert_eq!(units, units.round());
            assert!(units.abs() <= 64.0);
        }
    }
}
