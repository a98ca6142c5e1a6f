//! The states of all steps of an LSTM, bordered by the initial state.

use std::ops::Range;

use crate::kernels::extent::Extent;
use crate::kernels::lstm::walk::Walk;

/// Numbers kept per pixel and hidden unit: gates `o, f, i, g` and `tanh c`.
pub(crate) const KEPT: usize = 5;

/// Hidden and cell states `[steps + 1, cells + 2, batch, hidden]`: step 0 and the outermost cells hold the initial
/// state, and so does a cell until its first pixel.
pub(crate) struct States {
    pub(crate) extent: Extent,
    pub(crate) walk: Walk,
    pub(crate) hidden_units: usize,
    pub(crate) hidden: Vec<f32>,
    pub(crate) cell: Vec<f32>,
    /// [`KEPT`] numbers of each hidden unit for each pixel, in the order of the walk, a step's units of one kind
    /// together.
    pub(crate) kept: Vec<f32>,
}

/// One step of the walk.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) step: usize,
    pub(crate) cells: Range<usize>,
    /// Pixels in it, of all images.
    pub(crate) lanes: usize,
    /// Pixels in the steps before.
    pub(crate) before: usize,
}

impl States {
    /// Starts with the states `initial`, `[2, hidden]`.
    pub(crate) fn new(extent: Extent, walk: Walk, hidden_units: usize, initial: &[f32]) -> States {
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
    pub(crate) fn steps(&self) -> Vec<Step> {
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

    /// The range of the states of a step's cells after the step, or with `back` = 1 before it, `shift` cells further.
    pub(crate) fn range(&self, step: &Step, back: usize, shift: isize) -> Range<usize> {
        let row = (self.walk.cells(self.extent) + 2) * self.extent.batch;
        let first = (step.cells.start as isize + 1 + shift) as usize * self.extent.batch;
        let start = ((step.step + 1 - back) * row + first) * self.hidden_units;
        start..start + step.lanes * self.hidden_units
    }

    /// The range of the kept numbers of a step.
    pub(crate) fn kept_range(&self, step: &Step) -> Range<usize> {
        let size = KEPT * self.hidden_units;
        step.before * size..(step.before + step.lanes) * size
    }

    /// The range of the pixels of each cell of a step in a map of `width` values per pixel.
    pub(crate) fn pixels(&self, step: &Step, width: usize) -> impl Iterator<Item = Range<usize>> {
        let (walk, extent, index) = (self.walk, self.extent, step.step);
        step.cells.clone().map(move |cell| {
            let start = walk.pixel(extent, index, cell);
            start * width..(start + extent.batch) * width
        })
    }
}

/// The first `N` parts of `units` values each. Panics when there are fewer.
#[inline(always)]
pub(crate) fn parts<const N: usize>(values: &[f32], units: usize) -> [&[f32]; N] {
    std::array::from_fn(|index| &values[index * units..][..units])
}
