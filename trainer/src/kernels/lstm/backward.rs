//! The recurrence of an LSTM backwards: the gradient of the hidden states in, those of sums, weights and constants out.

use pulp::{Arch, Simd, WithSimd};

use crate::kernels::grid::Grid;
use crate::kernels::lstm::states::{KEPT, States, Step, parts};
use crate::kernels::matrix::{Matrix, multiply_add};

/// The gradients of the three operands.
pub(crate) struct Backward {
    pub(crate) gates: Vec<f32>,
    pub(crate) weight: Vec<f32>,
    pub(crate) constants: Vec<f32>,
}

impl Backward {
    /// Runs the recurrence backwards. `gradient` is that of the hidden states, as a map.
    pub(crate) fn run(states: &States, weight: &[f32], gradient: &[f32]) -> Backward {
        let units = states.hidden_units;
        let mut result = Backward {
            gates: vec![0.0; states.extent.pixels() * 4 * units],
            weight: vec![0.0; weight.len()],
            constants: Vec::new(),
        };
        // Gradients of the states, to which every later step adds; those of computed states are removed again.
        let mut hidden = vec![0.0; states.hidden.len()];
        let mut cell = vec![0.0; states.cell.len()];
        let mut sums = Vec::new();
        for step in states.steps().iter().rev() {
            let range = states.range(step, 0, 0);
            add_map(states, step, gradient, &mut hidden[range.clone()]);
            let old = states.range(step, 1, 0);
            sums.resize(step.lanes * 4 * units, 0.0);
            let (old_gradient, new_gradient) = cell.split_at_mut(range.start);
            Arch::new().dispatch(Update {
                units,
                kept: &states.kept[states.kept_range(step)],
                old_cell: &states.cell[old.clone()],
                cell: &states.cell[range.clone()],
                hidden_gradient: &mut hidden[range],
                cell_gradient: &mut new_gradient[..step.lanes * units],
                old_cell_gradient: &mut old_gradient[old],
                sums: &mut sums,
            });
            let chunks = sums.chunks_exact(states.extent.batch * 4 * units);
            for (chunk, range) in chunks.zip(states.pixels(step, 4 * units)) {
                result.gates[range].copy_from_slice(chunk);
            }
            result.through_weights(states, step, weight, &sums, &mut hidden);
        }
        result.constants = [
            sum_of_rows(&hidden, units),
            sum_of_rows(&cell, units),
            sum_of_rows(&result.gates, 4 * units),
        ]
        .concat();
        result
    }

    fn through_weights(
        &mut self,
        states: &States,
        step: &Step,
        weight: &[f32],
        sums: &[f32],
        hidden: &mut [f32],
    ) {
        let units = states.hidden_units;
        let sums = Matrix::new(sums, step.lanes, 4 * units);
        let size = units * 4 * units;
        let weights = weight
            .chunks_exact(size)
            .zip(self.weight.chunks_exact_mut(size));
        for (&shift, (weight, of_weight)) in states.walk.cell_shifts().iter().zip(weights) {
            let range = states.range(step, 1, shift);
            let old = Matrix::new(&states.hidden[range.clone()], step.lanes, units);
            multiply_add(of_weight, old.transposed(), sums);
            let weight = Matrix::new(weight, units, 4 * units);
            multiply_add(&mut hidden[range], sums, weight.transposed());
        }
    }
}

fn sum_of_rows(values: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    for row in values.chunks_exact(width) {
        sum.iter_mut()
            .zip(row)
            .for_each(|(sum, value)| *sum += value);
    }
    sum
}

fn add_map(states: &States, step: &Step, map: &[f32], out: &mut [f32]) {
    let units = states.hidden_units;
    let cells = out.chunks_exact_mut(states.extent.batch * units);
    for (cell, range) in cells.zip(states.pixels(step, units)) {
        cell.iter_mut().zip(&map[range]).for_each(|(c, m)| *c += m);
    }
}

/// The element-wise part of a step. The gradients of the step's states are left at 0.
struct Update<'a> {
    units: usize,
    kept: &'a [f32],
    old_cell: &'a [f32],
    cell: &'a [f32],
    hidden_gradient: &'a mut [f32],
    cell_gradient: &'a mut [f32],
    old_cell_gradient: &'a mut [f32],
    sums: &'a mut [f32],
}

impl WithSimd for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let units = self.units;
        let (low, high) = Grid::CELL.range();
        let lanes = self
            .sums
            .chunks_exact_mut(4 * units)
            .zip(self.kept.chunks_exact(KEPT * units))
            .zip(self.old_cell.chunks_exact(units))
            .zip(self.cell.chunks_exact(units))
            .zip(self.hidden_gradient.chunks_exact_mut(units))
            .zip(self.cell_gradient.chunks_exact_mut(units))
            .zip(self.old_cell_gradient.chunks_exact_mut(units));
        for ((((((sums, kept), old), cell), dh), dc), old_dc) in lanes {
            let (z_o, rest) = sums.split_at_mut(units);
            let (z_f, rest) = rest.split_at_mut(units);
            let (z_i, z_g) = rest.split_at_mut(units);
            let [o, f, i, g, t] = parts(kept, units);
            // The cell's whole gradient, 0 where its clip is active; then those of the sums.
            let state = dc.iter_mut().zip(&*dh).zip(cell);
            for (((dc, dh), cell), (o, t)) in state.zip(o.iter().zip(t)) {
                let through = *dc + dh * o * (1.0 - t * t);
                *dc = if *cell > low && *cell < high {
                    through
                } else {
                    0.0
                };
            }
            for ((z, dh), (o, t)) in z_o.iter_mut().zip(&*dh).zip(o.iter().zip(t)) {
                *z = dh * t * o * (1.0 - o);
            }
            for ((z, dc), (f, old)) in z_f.iter_mut().zip(&*dc).zip(f.iter().zip(old)) {
                *z = dc * old * f * (1.0 - f);
            }
            for ((z, dc), (i, g)) in z_i.iter_mut().zip(&*dc).zip(i.iter().zip(g)) {
                *z = dc * g * i * (1.0 - i);
            }
            for ((z, dc), (i, g)) in z_g.iter_mut().zip(&*dc).zip(i.iter().zip(g)) {
                *z = dc * i * (1.0 - g * g);
            }
            for ((old_dc, dc), f) in old_dc.iter_mut().zip(&*dc).zip(f) {
                *old_dc += dc * f;
            }
            dh.fill(0.0);
            dc.fill(0.0);
        }
    }
}
