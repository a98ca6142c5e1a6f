//! One plane: the samples around the next one, and what is predicted for it (`docs/format.md`, *Deep coder*).

use crate::coders::deep::contexts::Context;
use crate::coders::deep::decisions::Decisions;
use crate::coders::deep::dimensions::WEIGHTED;
use crate::coders::deep::kept::cells::Cell;
use crate::coders::deep::kept::rows::PlaneRows;
use crate::coders::deep::kept::window::Around;
use crate::coders::deep::linear::prediction::SampleRange;
use crate::coders::deep::linear::predictors::Predictors;
use crate::coders::deep::linear::regressors::Regressors;
use crate::coders::deep::rest::Rest;
use crate::entropy::bit_coder::BitCoder;
use crate::simd::InstructionSet;

/// What all planes share.
pub(crate) struct Shared {
    pub(crate) decisions: Decisions,
    pub(crate) rest: Rest,
    pub(crate) instructions: InstructionSet,
}

/// Codes the sample of column `x` in the plane that `earlier` planes are coded before, and `later` ones after.
#[inline(always)]
pub(crate) fn code_sample<C: BitCoder>(
    coder: &mut C,
    (predictors, range): (&mut Predictors, SampleRange),
    (earlier, rows, later): (&[PlaneRows], &mut PlaneRows, &[PlaneRows]),
    shared: &mut Shared,
    (x, sample): (usize, i32),
) -> Result<i32, C::Error> {
    let around = Around::new(&rows.window, x, range.smallest);
    let regressors = Regressors::gather((&rows.window, around.base), earlier, later, x);
    let cells = rows.cells.around(x);
    let known = |rows: &PlaneRows| (rows.window.own(x), rows.cells.own(x));
    let mut errors = rows.errors.around(x);
    if let Some(before) = earlier.last() {
        for (sum, error) in errors.iter_mut().zip(before.errors.latest) {
            *sum += 2 * error;
        }
    }
    let prediction = predictors.predict((&regressors, around.base), &errors, x);
    let first_rank = match earlier {
        [first, _] => first.cells.own(x).rank,
        _ => cells.north.rank,
    };
    let context = Context {
        around: &around,
        cells: &cells,
        prediction: &prediction,
        before: earlier.last().map_or((around.west, cells.west), known),
        first_rank,
    };
    let plane = earlier.len();
    let open = shared.decisions.code(coder, &context, plane, sample)?;
    let sample = match open.is_undecided() {
        true => shared.rest.code(coder, &context, (&open, plane), sample)?,
        false => open.low,
    };
    let instructions = shared.instructions;
    let errors = predictors.learn(&prediction, &regressors, (x, sample), instructions);
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
