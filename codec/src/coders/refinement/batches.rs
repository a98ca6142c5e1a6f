//! Batches: up to sixteen samples of following rows of a tile, which are coded side by side.
//!
//! In: the lanes of a step, and the network's running sums for them. Out: batches, one after the other, with the
//! network's distributions of their samples.

use std::ops::Range;

use crate::coders::refinement::contexts::Shapes;
use crate::coders::refinement::dimensions::{LANES, LaneShorts};
use crate::coders::refinement::distribution::SampleDistribution;
use crate::coders::refinement::linear::predictors::BatchRows;
use crate::entropy::frequencies::sums::{AllSums, SUMMED_LANES};
use crate::simd::InstructionSet;

/// Up to 32 lanes of a step, one channel of them: whole batches.
pub(crate) struct Lanes<'a> {
    pub(crate) t: usize,
    pub(crate) channel: usize,
    /// The tile and the row of each lane.
    pub(crate) positions: &'a [(u32, u32)],
    /// The running sums of lane `i` are at `first + i`.
    pub(crate) sums: &'a AllSums,
    pub(crate) first: usize,
    /// Base and prediction of the sample (`docs/model.md`).
    pub(crate) bases: &'a [i16],
    pub(crate) predictions: &'a [u8],
}

/// The lanes of a batch, and the bases of their samples.
pub(crate) struct Batch {
    pub(crate) tile: usize,
    pub(crate) t: usize,
    pub(crate) channel: usize,
    pub(crate) rows: BatchRows,
    pub(crate) bases: LaneShorts,
}

/// The end of the batch that begins with lane `first`: lanes of following rows of a tile that are in the same band.
#[inline(always)]
pub(crate) fn batch_end(positions: &[(u32, u32)], first: usize) -> usize {
    let (tile, row) = positions[first];
    let most = LANES - row as usize % LANES;
    let same = |&(lane, &position): &(usize, &(u32, u32))| position == (tile, row + lane as u32);
    first
        + positions[first..]
            .iter()
            .take(most)
            .enumerate()
            .take_while(same)
            .count()
}

/// Cuts the lanes of a step into ranges of whole batches, at most 32 lanes each.
pub(crate) fn whole_batches(positions: &[(u32, u32)], lanes: Range<usize>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut first = lanes.start;
    while first < lanes.end {
        let end = batch_end(&positions[..lanes.end], first);
        match ranges.last_mut() {
            Some(range) if end - range.start <= SUMMED_LANES => range.end = end,
            _ => ranges.push(first..end),
        }
        first = end;
    }
    ranges
}

impl Batch {
    #[inline(always)]
    pub(crate) fn new(lanes: &Lanes<'_>, first: usize, count: usize) -> Batch {
        let (tile, row) = lanes.positions[first];
        let mut bases = [0; LANES];
        bases[..count].copy_from_slice(&lanes.bases[first..first + count]);
        Batch {
            tile: tile as usize,
            t: lanes.t,
            channel: lanes.channel,
            rows: BatchRows {
                first: row as usize,
                count,
            },
            bases,
        }
    }
}

/// Calls `code` for one batch after the other, with the first lane and the samples of each.
#[inline(always)]
pub(crate) fn for_each_batch<E>(
    instructions: InstructionSet,
    positions: &[(u32, u32)],
    values: &mut [u8],
    mut code: impl FnMut(usize, &mut [u8]) -> Result<(), E>,
) -> Result<(), E> {
    instructions.run(
        #[inline(always)]
        || {
            let mut first = 0;
            while first < values.len() {
                let end = batch_end(positions, first);
                code(first, &mut values[first..end])?;
                first = end;
            }
            Ok(())
        },
    )
}

/// The network's distributions of the `count` samples from lane `first` on; the last one again in the lanes after them.
#[inline(always)]
pub(crate) fn distributions<'a>(
    lanes: &Lanes<'a>,
    first: usize,
    count: usize,
) -> [SampleDistribution<'a>; LANES] {
    std::array::from_fn(|lane| {
        let lane = first + lane.min(count - 1);
        SampleDistribution::new(lanes.sums, lanes.first + lane, lanes.predictions[lane])
    })
}

/// Medians and spreads.
#[inline(always)]
pub(crate) fn shapes(distributions: &[SampleDistribution<'_>]) -> Shapes {
    let mut shapes = Shapes {
        medians: [0; LANES],
        spreads: [0; LANES],
    };
    for (lane, distribution) in distributions.iter().enumerate() {
        let quartiles = distribution.quartiles();
        shapes.medians[lane] = quartiles.median as i16;
        shapes.spreads[lane] = quartiles.spread() as i16;
    }
    shapes
}
