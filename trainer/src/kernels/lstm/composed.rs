//! The recurrence from Candle's own operations, for every device.
//!
//! Pixels are gathered in the order of the walk once, so that a step reads and writes consecutive rows. A step takes
//! about 17 operations forwards and 17 backwards, whatever the number of pixels in it. Its gradient is written out
//! here, since Candle's own for parts of a map fills a whole map for each part.

use std::sync::Arc;

use candle_core::{DType, Result, Tensor};
use candle_nn::ops::sigmoid;

use crate::kernels::computed::{Gradients, with_gradients};
use crate::kernels::grid::{Grid, ROUNDING};
use crate::kernels::lstm::activations::{SIGMOID, TANH, Table};
use crate::kernels::lstm::arithmetic::Arithmetic;
use crate::kernels::lstm::walk::Walk;
use crate::kernels::placement::{Gather, Placement};
use crate::kernels::pointwise::requantise::clipped;

/// The [`Form::Composed`](crate::kernels::form::Form::Composed) of
/// [`lstm_scan`](crate::kernels::lstm::scan::lstm_scan).
pub(crate) fn composed(
    placement: Placement<'_>,
    gates: &Tensor,
    weight: &Tensor,
    constants: &Tensor,
    walk: Walk,
    arithmetic: Arithmetic,
) -> Result<Tensor> {
    let order = placement
        .indices
        .of_walk(placement.extent, walk, gates.device())?;
    let recurrence = Recurrence {
        units: gates.dim(1)? / 4,
        rows: (walk.cells(placement.extent) + 2) * placement.extent.batch,
        steps: steps(placement, walk),
        weight: weight.detach(),
        order,
    };
    let (hidden, trace) = recurrence.forward(&gates.detach(), &constants.detach(), arithmetic)?;
    let hidden = hidden.index_select(&recurrence.order.back, 0)?;
    match arithmetic {
        Arithmetic::Integer => Ok(hidden),
        Arithmetic::Real => with_gradients([gates, weight, constants], hidden, move |gradient| {
            recurrence.backward(&trace, gradient)
        }),
    }
}

/// One step of the walk, in rows of the batch.
struct Step {
    /// Rows that it updates.
    lanes: usize,
    /// The first of them in the state, which has a cell more at each end.
    first: usize,
    /// Rows that the steps before update.
    before: usize,
    /// The first row that each tap reads in the state.
    reads: Vec<usize>,
}

fn steps(placement: Placement<'_>, walk: Walk) -> Vec<Step> {
    let batch = placement.extent.batch;
    let mut before = 0;
    let step = |step| {
        let active = walk.active(placement.extent, step);
        let first = (active.start + 1) * batch;
        let shifts = walk.cell_shifts().iter();
        let lanes = active.len() * batch;
        before += lanes;
        Step {
            lanes,
            first,
            before: before - lanes,
            reads: shifts
                .map(|shift| first.saturating_add_signed(shift * batch as isize))
                .collect(),
        }
    };
    (0..walk.steps(placement.extent)).map(step).collect()
}

struct Recurrence {
    units: usize,
    /// Rows of the state.
    rows: usize,
    steps: Vec<Step>,
    weight: Tensor,
    order: Arc<Gather>,
}

/// What the backward pass needs, in the order of the walk.
struct Trace {
    /// The hidden states that each row reads, `[pixels, taps · units]`.
    read: Tensor,
    /// The gates `o, f, i`, `[pixels, 3 · units]`.
    gates: Tensor,
    /// The input `g`, `[pixels, units]`.
    input: Tensor,
    /// The cell states before, `[pixels, units]`.
    old_cell: Tensor,
    /// The cell states.
    cell: Tensor,
    /// Their hyperbolic tangents.
    squashed: Tensor,
}

/// The parts of a [`Trace`], step by step.
#[derive(Default)]
struct Parts {
    read: Vec<Tensor>,
    gates: Vec<Tensor>,
    input: Vec<Tensor>,
    old_cell: Vec<Tensor>,
    cell: Vec<Tensor>,
    squashed: Vec<Tensor>,
    hidden: Vec<Tensor>,
}

impl Recurrence {
    /// The hidden states in the order of the walk, and the trace.
    fn forward(
        &self,
        gates: &Tensor,
        constants: &Tensor,
        arithmetic: Arithmetic,
    ) -> Result<(Tensor, Trace)> {
        let units = self.units;
        let functions = Functions::new(arithmetic, gates)?;
        let bias = constants.narrow(0, 2, 4)?.flatten_all()?;
        let sums = gates
            .index_select(&self.order.there, 0)?
            .broadcast_add(&bias)?;
        let state = |index: usize| {
            let initial = constants.narrow(0, index, 1)?;
            initial.broadcast_as((self.rows, units))?.contiguous()
        };
        let (hidden, cell) = (state(0)?, state(1)?);
        let mut parts = Parts::default();
        for step in &self.steps {
            let reads = step.reads.iter();
            let read = reads.map(|&first| hidden.narrow(0, first, step.lanes));
            let read = Tensor::cat(&read.collect::<Result<Vec<_>>>()?, 1)?;
            let sums = (read.matmul(&self.weight)? + sums.narrow(0, step.before, step.lanes)?)?;
            let gates = functions.sigmoid(&sums.narrow(1, 0, 3 * units)?)?;
            let input = functions.tanh(&sums.narrow(1, 3 * units, units)?)?;
            let gate = |index: usize| gates.narrow(1, index * units, units);
            let old_cell = cell.narrow(0, step.first, step.lanes)?.copy()?;
            let new_cell = ((gate(1)? * &old_cell)? + (gate(2)? * &input)?)?;
            let new_cell = functions.on(Grid::CELL, new_cell)?;
            let squashed = functions.tanh(&new_cell)?;
            let new_hidden = functions.on(Grid::HIDDEN, (gate(0)? * &squashed)?)?;
            hidden.slice_set(&new_hidden, 0, step.first)?;
            cell.slice_set(&new_cell, 0, step.first)?;
            parts.read.push(read);
            parts.gates.push(gates);
            parts.input.push(input);
            parts.old_cell.push(old_cell);
            parts.cell.push(new_cell);
            parts.squashed.push(squashed);
            parts.hidden.push(new_hidden);
        }
        let trace = Trace {
            read: Tensor::cat(&parts.read, 0)?,
            gates: Tensor::cat(&parts.gates, 0)?,
            input: Tensor::cat(&parts.input, 0)?,
            old_cell: Tensor::cat(&parts.old_cell, 0)?,
            cell: Tensor::cat(&parts.cell, 0)?,
            squashed: Tensor::cat(&parts.squashed, 0)?,
        };
        Ok((Tensor::cat(&parts.hidden, 0)?, trace))
    }

    /// The gradients of gates, weight and constants.
    fn backward(&self, trace: &Trace, gradient: &Tensor) -> Result<Gradients> {
        let units = self.units;
        let slopes = Slopes::new(trace, units)?;
        let gradient = gradient.index_select(&self.order.there, 0)?;
        let weight = self.weight.t()?.contiguous()?;
        // Gradients of the states. A state that a step has made is no longer needed once the step is passed.
        let hidden = Tensor::zeros((self.rows, units), DType::F32, gradient.device())?;
        let cell = hidden.zeros_like()?;
        let widest = self.steps.iter().map(|step| step.lanes).max().unwrap_or(0);
        let nothing = Tensor::zeros((widest, units), DType::F32, gradient.device())?;
        let mut sums = Vec::with_capacity(self.steps.len());
        for step in self.steps.iter().rev() {
            let own = |map: &Tensor| map.narrow(0, step.before, step.lanes);
            let of_hidden = (hidden.narrow(0, step.first, step.lanes)? + own(&gradient)?)?;
            let of_cell = (&of_hidden * own(&slopes.through)?)?;
            let of_cell = (of_cell + cell.narrow(0, step.first, step.lanes)?)?;
            let of_output = (&of_hidden * own(&slopes.output)?)?;
            let rest = own(&slopes.rest)?.reshape((step.lanes, 3, units))?;
            let rest = rest.broadcast_mul(&of_cell.unsqueeze(1)?)?;
            let rest = rest.reshape((step.lanes, 3 * units))?;
            let of_sums = Tensor::cat(&[of_output, rest], 1)?;
            let read = of_sums.matmul(&weight)?;
            hidden.slice_set(&nothing.narrow(0, 0, step.lanes)?, 0, step.first)?;
            for (tap, &first) in step.reads.iter().enumerate() {
                let read = read.narrow(1, tap * units, units)?;
                let sum = (hidden.narrow(0, first, step.lanes)? + read)?;
                hidden.slice_set(&sum, 0, first)?;
            }
            cell.slice_set(&(of_cell * own(&slopes.kept)?)?, 0, step.first)?;
            sums.push(of_sums);
        }
        sums.reverse();
        let sums = Tensor::cat(&sums, 0)?;
        let of_weight = trace.read.t()?.matmul(&sums)?;
        let of_bias = sums.sum(0)?.reshape((4, units))?;
        let of_initial = [hidden.sum_keepdim(0)?, cell.sum_keepdim(0)?];
        Ok([
            Some(sums.index_select(&self.order.back, 0)?),
            Some(of_weight),
            Some(Tensor::cat(&[&of_initial[0], &of_initial[1], &of_bias], 0)?),
        ])
    }
}

/// The derivatives of a step's values, for all pixels at once, in the order of the walk.
struct Slopes {
    /// Of the hidden state by the sum of its output gate.
    output: Tensor,
    /// Of the hidden state by the cell state.
    through: Tensor,
    /// Of the cell state by the sums of the other gates, 0 where the clip is active.
    rest: Tensor,
    /// Of the cell state by the one before, 0 where the clip is active.
    kept: Tensor,
}

impl Slopes {
    fn new(trace: &Trace, units: usize) -> Result<Slopes> {
        let gate = |index: usize| trace.gates.narrow(1, index * units, units)?.contiguous();
        let [output, forget, input] = [gate(0)?, gate(1)?, gate(2)?];
        let new = &trace.input;
        // x · (1 − x), and 1 − x²
        let of_sigmoid = |x: &Tensor| x - x.sqr()?;
        let of_tanh = |x: &Tensor| x.sqr()?.affine(-1.0, 1.0);
        let (low, high) = Grid::CELL.range();
        let inside = (trace.cell.gt(low)? * trace.cell.lt(high)?)?.to_dtype(DType::F32)?;
        let rest = [
            (&trace.old_cell * of_sigmoid(&forget)?)?,
            (new * of_sigmoid(&input)?)?,
            (&input * of_tanh(new)?)?,
        ];
        let rest = [
            (&rest[0] * &inside)?,
            (&rest[1] * &inside)?,
            (&rest[2] * &inside)?,
        ];
        Ok(Slopes {
            output: (&trace.squashed * of_sigmoid(&output)?)?,
            through: (&output * of_tanh(&trace.squashed)?)?,
            rest: Tensor::cat(&rest, 1)?,
            kept: (&forget * &inside)?,
        })
    }
}

/// The functions of a step, in reals or in the integers of the exported model.
enum Functions {
    Real,
    Integer { sigmoid: Tensor, tanh: Tensor },
}

impl Functions {
    fn new(arithmetic: Arithmetic, like: &Tensor) -> Result<Functions> {
        let table = |table: &Table| Tensor::new(table.values.as_slice(), like.device());
        Ok(match arithmetic {
            Arithmetic::Real => Functions::Real,
            Arithmetic::Integer => Functions::Integer {
                sigmoid: table(&SIGMOID)?,
                tanh: table(&TANH)?,
            },
        })
    }

    fn sigmoid(&self, sums: &Tensor) -> Result<Tensor> {
        match self {
            Functions::Real => sigmoid(sums),
            Functions::Integer { sigmoid, .. } => looked_up(&SIGMOID, sigmoid, sums),
        }
    }

    fn tanh(&self, sums: &Tensor) -> Result<Tensor> {
        match self {
            Functions::Real => sums.tanh(),
            Functions::Integer { tanh, .. } => looked_up(&TANH, tanh, sums),
        }
    }

    /// Brings the values of a state onto its grid; reals are only clipped, and a hidden state has no need of it.
    fn on(&self, grid: Grid, values: Tensor) -> Result<Tensor> {
        match self {
            Functions::Real if grid == Grid::HIDDEN => Ok(values),
            Functions::Real => clipped(&values, grid, false),
            Functions::Integer { .. } => clipped(&values, grid, true),
        }
    }
}

/// The values of `table`, which is on the device as `values`, for the nearest arguments.
fn looked_up(table: &Table, values: &Tensor, arguments: &Tensor) -> Result<Tensor> {
    let (low, high) = (f64::from(table.input.low), f64::from(table.input.high));
    let index = arguments.affine(f64::from(table.input.scale()), -low)?;
    let index = (index.clamp(0.0, high - low)? + f64::from(ROUNDING))?;
    let index = (index - f64::from(ROUNDING))?.to_dtype(DType::U32)?;
    let found = values.index_select(&index.flatten_all()?, 0)?;
    found.reshape(arguments.shape())
}
