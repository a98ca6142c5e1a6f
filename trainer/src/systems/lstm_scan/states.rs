//! The states of all steps of an LSTM, bordered by the initial state.

use std::ops::Range;

use crate::systems::extent::Extent;
use crate::systems::walk::Walk;

/// Numbers kept per pixel and hidden unit: gates `o, f, i, g` and `tanh c`.
pub(super) const KEPT: usize = 5;

/// Hidden and cell states `[steps + 1, cells + 2, batch, hidden]`: step 0 and the outermost cells hold the initial state, and so
/// does a cell until its first pixel.
pub(super) struct States {
    pub(super) extent: Extent,
    pub(super) walk: Walk,
    pub(super) hidden_units: usize,
    pub(super) hidden: Vec<f32>,
    pub(super) cell: Vec<f32>,
    /// For each pixel in the order of the walk, [`KEPT`] numbers of each hidden unit, a step's units of one kind together.
    pub(super) kept: Vec<f32>,
}

/// One step of the walk.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) step: usize,
    pub(super) cells: Range<usize>,
    /// Pixels in it, of all images.
    pub(super) lanes: usize,
    /// Pixels in the steps before.
    pub(super) before: usize,
}

impl States {
    /// `initial` is `[2, hidden]`.
    pub(super) fn new(extent: Extent, walk: Walk, hidden_units: usize, initial: &[f32]) -> States {
        let lanes = (walk.steps(extent) + 1) * (walk.cells(extent) + 2) * extent.batch;
        let (hidden, cell) = initial.split_at(hidden_units);
        States {
            extent,
            walk,
            hidden_units,
            hidden: hidden.repeat(lanes),
            cell: cell.repeat(lanes),
            kept: vec![0.0; extent.pixels() * KEPT * hidden_units],
        }
    }

    /// The steps in order.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut before = 0;
        (0..self.walk.steps(self.extent))
            .map(|step| {
                let cells = self.walk.active(self.extent, step);
                let lanes = cells.len() * self.extent.batch;
                before += lanes;
                Step {
                    step,
                    cells,
                    lanes,
                    before: before - lanes,
                }
            })
            .collect()
    }

    /// Where the states of a step's cells are after it, or with `back` = 1 before it, `shift` cells further.
    pub(super) fn place(&self, step: &Step, back: usize, shift: isize) -> Range<usize> {
        let row = (self.walk.cells(self.extent) + 2) * self.extent.batch;
        let first = (step.cells.start as isize + 1 + shift) as usize * self.extent.batch;
        let start = ((step.step + 1 - back) * row + first) * self.hidden_units;
        start..start + step.lanes * self.hidden_units
    }

    /// Where the kept numbers of a step are.
    pub(super) fn kept_place(&self, step: &Step) -> Range<usize> {
        let size = KEPT * self.hidden_units;
        step.before * size..(step.before + step.lanes) * size
    }

    /// For each cell of a step, where the `width` values of its pixels are in a map.
    pub(super) fn pixels(&self, step: &Step, width: usize) -> impl Iterator<Item = Range<usize>> {
        let (walk, extent, index) = (self.walk, self.extent, step.step);
        step.cells.clone().map(move |cell| {
            let start = walk.pixel(extent, index, cell);
            start * width..(start + extent.batch) * width
        })
    }
}

/// The first `N` parts of `units` values each. Panics when there are fewer.
#[inline(always)]
pub(super) fn parts<const N: usize>(values: &[f32], units: usize) -> [&[f32]; N] {
    std::array::from_fn(|index| &values[index * units..][..units])
}
