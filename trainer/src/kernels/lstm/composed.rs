//! The recurrence from Candle's own operations: for devices other than the CPU, and as the oracle of the fast form.

use candle_core::{Result, Tensor};
use candle_nn::ops::sigmoid;

use crate::kernels::extent::Extent;
use crate::kernels::grid::Grid;
use crate::kernels::lstm::walk::Walk;

/// Like [`lstm_scan`](crate::kernels::lstm::scan::lstm_scan) in real numbers, composed of Candle's own operations.
pub(crate) fn lstm_scan_composed(
    gates: &Tensor,
    weight: &Tensor,
    constants: &Tensor,
    extent: Extent,
    walk: Walk,
) -> Result<Tensor> {
    let hidden_units = gates.dim(1)? / 4;
    let (cells, batch) = (walk.cells(extent), extent.batch);
    let bordered = |index: usize| {
        let state = constants.narrow(0, index, 1)?;
        state
            .broadcast_as(((cells + 2) * batch, hidden_units))?
            .contiguous()
    };
    let bias = constants.narrow(0, 2, 4)?.flatten_all()?;
    let gates = gates.broadcast_add(&bias)?;
    let (mut hidden, mut cell) = (bordered(0)?, bordered(1)?);
    let (low, high) = Grid::CELL.range();
    let mut outputs = vec![None; extent.height * extent.width];
    for step in 0..walk.steps(extent) {
        let active = walk.active(extent, step);
        let first = (active.start + 1) * batch;
        let lanes = active.len() * batch;
        let pixels: Vec<usize> = active.map(|cell| walk.pixel(extent, step, cell)).collect();
        let parts = pixels.iter().map(|&pixel| gates.narrow(0, pixel, batch));
        let mut sums = Tensor::cat(&parts.collect::<Result<Vec<_>>>()?, 0)?;
        for (tap, &shift) in walk.cell_shifts().iter().enumerate() {
            let start = first.saturating_add_signed(shift * batch as isize);
            let state = hidden.narrow(0, start, lanes)?;
            let weight = weight.narrow(0, tap * hidden_units, hidden_units)?;
            sums = (sums + state.matmul(&weight)?)?;
        }
        let gate = |index: usize| sums.narrow(1, index * hidden_units, hidden_units);
        let (o, f, i) = (
            sigmoid(&gate(0)?)?,
            sigmoid(&gate(1)?)?,
            sigmoid(&gate(2)?)?,
        );
        let kept = (f * cell.narrow(0, first, lanes)?)?;
        let new_cell = (kept + (i * gate(3)?.tanh()?)?)?.clamp(low, high)?;
        let new_hidden = (o * new_cell.tanh()?)?;
        for (index, &pixel) in pixels.iter().enumerate() {
            outputs[pixel / batch] = Some(new_hidden.narrow(0, index * batch, batch)?);
        }
        hidden = replaced(&hidden, &new_hidden, first)?;
        cell = replaced(&cell, &new_cell, first)?;
    }
    let outputs: Vec<Tensor> = outputs.into_iter().flatten().collect();
    Tensor::cat(&outputs, 0)
}

/// Replaces the rows of `state` from `first` on.
fn replaced(state: &Tensor, new: &Tensor, first: usize) -> Result<Tensor> {
    let end = first + new.dim(0)?;
    let before = state.narrow(0, 0, first)?;
    let after = state.narrow(0, end, state.dim(0)? - end)?;
    Tensor::cat(&[&before, new, &after], 0)
}
