//! One sample: what is around it and predicted for it, its decisions, and what is kept of it (`docs/format.md`, *Deep
//! method*).

use crate::coders::deep::contexts::{CodedSample, SampleContext};
use crate::coders::deep::decisions::Decisions;
use crate::coders::deep::dimensions::WEIGHTED;
use crate::coders::deep::history::cells::Cell;
use crate::coders::deep::history::rows::PlaneRows;
use crate::coders::deep::linear::prediction::SampleRange;
use crate::coders::deep::linear::predictors::LinearPredictors;
use crate::coders::deep::linear::regressors::Regressors;
use crate::coders::deep::rest::Rest;
use crate::coders::tile_neighbors::TileNeighbors;
use crate::entropy::bit_coder::BitCoder;
use crate::simd::InstructionSet;

/// What all channels share.
pub(crate) struct Shared {
    pub(crate) decisions: Decisions,
    pub(crate) rest: Rest,
    pub(crate) instructions: InstructionSet,
}

/// The planes around a sample, in the order in which they are coded.
pub(crate) struct Planes<'a> {
    /// Those whose sample in this column is known.
    pub(crate) earlier: &'a [PlaneRows],
    /// The sample's own.
    pub(crate) own: &'a mut PlaneRows,
    /// Those that are coded later.
    pub(crate) later: &'a [PlaneRows],
}

/// Codes the sample of column `x` in the planes' own one.
#[inline(always)]
pub(crate) fn code_sample<C: BitCoder>(
    coder: &mut C,
    predictors: &mut LinearPredictors,
    range: SampleRange,
    planes: Planes<'_>,
    shared: &mut Shared,
    x: usize,
    sample: i32,
) -> Result<i32, C::Error> {
    let Planes {
        earlier,
        own: rows,
        later,
    } = planes;
    let around = TileNeighbors::find(
        #[inline(always)]
        |offset| rows.window.at(x, offset),
        range.smallest,
    );
    let base = around.median();
    let regressors = Regressors::gather(&rows.window, base, earlier, later, x);
    let cells = rows.cells.around(x);
    let known = |rows: &PlaneRows| CodedSample {
        sample: rows.window.own(x),
        cell: rows.cells.own(x),
    };
    let west = CodedSample {
        sample: around.west,
        cell: cells.west,
    };
    let mut errors = rows.errors.around(x);
    if let Some(before) = earlier.last() {
        for (sum, error) in errors.iter_mut().zip(before.errors.latest) {
            *sum += 2 * error;
        }
    }
    let prediction = predictors.predict(&regressors, &errors, x);
    let first_rank = match earlier {
        [first, _] => first.cells.own(x).rank,
        _ => cells.north.rank,
    };
    let context = SampleContext {
        around: &around,
        cells: &cells,
        prediction: &prediction,
        before: earlier.last().map_or(west, known),
        first_rank,
    };
    let channel = earlier.len();
    let open = shared.decisions.code(coder, &context, channel, sample)?;
    let sample = match open.is_undecided() {
        true => shared.rest.code(coder, &context, &open, channel, sample)?,
        false => open.low,
    };
    let instructions = shared.instructions;
    let errors = predictors.learn(&prediction, &regressors, x, sample, instructions);
    let cell = Cell {
        error: (errors[WEIGHTED] >> 2) as u32,
        rank: prediction.rank(sample),
        residual: sample - prediction.middle(),
    };
    rows.window.keep(x, sample);
    rows.cells.keep(x, cell);
    rows.errors.keep(x, errors);
    Ok(sample)
}
