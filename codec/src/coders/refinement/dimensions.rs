//! Sizes that the parts of the refinement share, and the numbers of a batch of lanes (`docs/format.md`, *Refinement*).

pub(crate) use crate::coders::mixing::arithmetic::plain::CONTEXTS;

/// Samples that are coded side by side, at most.
pub(crate) const LANES: usize = 16;
/// Channels of the largest model.
pub(crate) const CHANNELS: usize = 3;
/// Decisions of a sample that are refined.
pub(crate) const DEPTH: usize = 4;
/// Nodes of the tree of decisions; node 0 is not used.
pub(crate) const NODES: usize = 1 << DEPTH;
/// Linear predictors; the last is the weighted mean of the others.
pub(crate) const PREDICTORS: usize = 4;
/// Bands of [`LANES`] rows that have predictors and weight sets of their own.
pub(crate) const BANDS: usize = 64;
/// Half a band, in rows.
pub(crate) const HALF_BAND: usize = LANES / 2;
/// Slots of a context.
pub(crate) const SLOTS: usize = 1 << 12;
/// Units of a predicted mean in a sample.
pub(crate) const MEAN_UNIT: i32 = 64;

/// A 16-bit number for each lane.
pub(crate) type LaneShorts = [i16; LANES];
/// A 32-bit number for each lane.
pub(crate) type LaneInts = [i32; LANES];

/// The band of a row. The first band follows the last.
#[inline(always)]
pub(crate) fn band(y: usize) -> usize {
    (y / LANES) % BANDS
}

/// The differences of two numbers in each lane.
#[inline(always)]
pub(crate) fn minus(first: &LaneShorts, second: &LaneShorts) -> LaneShorts {
    std::array::from_fn(|lane| first[lane].wrapping_sub(second[lane]))
}
