//! Sizes that the parts of the refinement share (`docs/format.md`, *Refinement*).

/// Channels of the largest model.
pub(crate) const CHANNELS: usize = 3;
/// Decisions of a sample that are refined.
const DEPTH: usize = 5;
/// Nodes of the tree of decisions; node 0 is not used.
pub(crate) const NODES: usize = 1 << DEPTH;
/// Linear predictors; the last is the weighted mean of the others.
pub(crate) const PREDICTORS: usize = 6;
/// Bands of rows that have predictors and weight sets of their own.
pub(crate) const BANDS: usize = 64;
/// Binary logarithm of the rows of a band.
const BAND_ROWS: u32 = 4;
/// Half a band, in rows.
pub(crate) const HALF_BAND: usize = 1 << (BAND_ROWS - 1);
/// Contexts that have counters.
pub(crate) const CONTEXTS: usize = 16;
/// Slots of a context.
pub(crate) const SLOTS: usize = 1 << 11;
/// Units of a predicted mean in a sample.
pub(crate) const MEAN_UNIT: i32 = 64;

/// The band of a row. The first band follows the last.
#[inline(always)]
pub(crate) fn band(y: usize) -> usize {
    (y >> BAND_ROWS) % BANDS
}
