//! The recurrence of an LSTM forwards: input-to-state sums in, hidden states out, and what the backward pass needs.

use pulp::{Arch, Simd, WithSimd};

use crate::kernels::grid::Grid;
use crate::kernels::lstm::activations::{SIGMOID, TANH, sigmoid, tanh};
use crate::kernels::lstm::arithmetic::Arithmetic;
use crate::kernels::lstm::states::{KEPT, States, Step, parts};
use crate::kernels::matrix::{Matrix, multiply_add};

/// The data that the recurrence reads besides the states.
pub(crate) struct Forward<'a> {
    pub(crate) gates: &'a [f32],
    pub(crate) weight: &'a [f32],
    /// The bias of each gate and unit.
    pub(crate) bias: &'a [f32],
    pub(crate) arithmetic: Arithmetic,
}

impl Forward<'_> {
    /// Fills the states; returns the hidden states as a map.
    pub(crate) fn run(&self, states: &mut States) -> Vec<f32> {
        let units = states.hidden_units;
        let mut out = vec![0.0; states.extent.pixels() * units];
        let mut sums = Vec::new();
        for step in states.steps() {
            self.sums(states, &step, &mut sums);
            let (cell, new_cell) = (states.range(&step, 1, 0), states.range(&step, 0, 0));
            let kept = states.kept_range(&step);
            let (old, new) = states.cell.split_at_mut(new_cell.start);
            let update = Update {
                units,
                sums: &sums,
                old_cell: &old[cell],
                cell: &mut new[..step.lanes * units],
                hidden: &mut states.hidden[new_cell.clone()],
                kept: &mut states.kept[kept],
            };
            match self.arithmetic {
                Arithmetic::Real => Arch::new().dispatch(update),
                Arithmetic::Integer => update.in_integers(),
            }
            let hidden = states.hidden[new_cell].chunks_exact(states.extent.batch * units);
            for (hidden, range) in hidden.zip(states.pixels(&step, units)) {
                out[range].copy_from_slice(hidden);
            }
        }
        out
    }

    /// Adds input-to-state, bias and state-to-state, `[lanes, 4 · hidden]`.
    fn sums(&self, states: &States, step: &Step, sums: &mut Vec<f32>) {
        let units = states.hidden_units;
        sums.clear();
        for range in states.pixels(step, 4 * units) {
            for gates in self.gates[range].chunks_exact(self.bias.len()) {
                sums.extend(gates.iter().zip(self.bias).map(|(gate, bias)| gate + bias));
            }
        }
        let weights = self.weight.chunks_exact(units * 4 * units);
        for (&shift, weight) in states.walk.cell_shifts().iter().zip(weights) {
            let hidden = &states.hidden[states.range(step, 1, shift)];
            let hidden = Matrix::new(hidden, step.lanes, units);
            multiply_add(sums, hidden, Matrix::new(weight, units, 4 * units));
        }
    }
}

/// The element-wise part of a step.
struct Update<'a> {
    units: usize,
    sums: &'a [f32],
    old_cell: &'a [f32],
    cell: &'a mut [f32],
    hidden: &'a mut [f32],
    kept: &'a mut [f32],
}

impl WithSimd for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let units = self.units;
        let (low, high) = Grid::CELL.range();
        let lanes = self
            .sums
            .chunks_exact(4 * units)
            .zip(self.kept.chunks_exact_mut(KEPT * units))
            .zip(self.old_cell.chunks_exact(units))
            .zip(self.cell.chunks_exact_mut(units))
            .zip(self.hidden.chunks_exact_mut(units));
        for ((((sums, kept), old), cell), hidden) in lanes {
            let [z_o, z_f, z_i, z_g] = parts(sums, units);
            let (gates, t) = kept.split_at_mut(4 * units);
            let (o, gates) = gates.split_at_mut(units);
            let (f, gates) = gates.split_at_mut(units);
            let (i, g) = gates.split_at_mut(units);
            apply(sigmoid, z_o, o);
            apply(sigmoid, z_f, f);
            apply(sigmoid, z_i, i);
            apply(tanh, z_g, g);
            let gates = f.iter().zip(&*i).zip(&*g);
            for ((cell, old), ((f, i), g)) in cell.iter_mut().zip(old).zip(gates) {
                *cell = (f * old + i * g).clamp(low, high);
            }
            apply(tanh, cell, t);
            for ((hidden, o), t) in hidden.iter_mut().zip(&*o).zip(&*t) {
                *hidden = o * t;
            }
        }
    }
}

#[inline(always)]
fn apply(function: impl Fn(f32) -> f32, values: &[f32], out: &mut [f32]) {
    out.iter_mut()
        .zip(values)
        .for_each(|(out, &value)| *out = function(value));
}

impl Update<'_> {
    fn in_integers(self) {
        let units = self.units;
        for (lane, sums) in self.sums.chunks_exact(4 * units).enumerate() {
            for unit in 0..units {
                let at = lane * units + unit;
                let gate = |index: usize| SIGMOID.at(sums[index * units + unit]);
                let input = TANH.at(sums[3 * units + unit]);
                let cell = gate(1) * self.old_cell[at] + gate(2) * input;
                self.cell[at] = Grid::CELL.round(cell);
                self.hidden[at] = Grid::HIDDEN.round(gate(0) * TANH.at(self.cell[at]));
            }
        }
    }
}
