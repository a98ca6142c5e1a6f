//! The coding method *refined*: the network's distribution of a sample in, the sample coded, and a better distribution
//! next time.
//!
//! Up to four decisions split the network's distribution into halves. The odds of each are mixed from the network's,
//! from counters in sixteen contexts, from the colours seen before and from linear predictors, all of which learn as
//! they go (`docs/format.md`, *Refinement*). Samples of one step are coded in batches, decision by decision, so that
//! the processor works on many at a time. One piece of code encodes and decodes: a [`ValueCoder`] answers each
//! decision.

pub(crate) mod dimensions;
pub(crate) mod cells;
pub(crate) mod distribution;
mod large_pages;
pub(crate) mod counters;
pub(crate) mod seen_colors;
pub(crate) mod linear;
pub(crate) mod contexts;
mod mixer;
mod decisions;

use std::ops::Range;

use self::cells::{CodedSample, Neighborhood, TileCells};
use self::contexts::Shapes;
use self::decisions::{BatchContexts, Decisions};
use self::dimensions::{CHANNELS, DEPTH, LANES, LaneShorts, PREDICTORS};
use self::distribution::SampleDistribution;
use self::linear::predictors::{BatchRows, Predictors};
use self::mixer::Selection;
use crate::entropy::bit_coder::ValueCoder;
use crate::entropy::frequencies::sums::{AllSums, SUMMED_LANES};
use crate::simd::InstructionSet;

/// A group with at least this many pixels has tables in large pages. They take time to be cleared.
const MANY_PIXELS: usize = 1 << 16;

/// Everything that is learned in a group, and the cells of its tiles.
pub(crate) struct Refinement {
    instructions: InstructionSet,
    channels: usize,
    cells: Vec<TileCells>,
    predictors: [Predictors; CHANNELS],
    decisions: Decisions,
}

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

impl Refinement {
    /// Bytes of memory, without the cells.
    pub(crate) const BYTES: u64 =
        (size_of::<Refinement>() + Decisions::BYTES + CHANNELS * Predictors::BYTES) as u64;

    /// Nothing learned yet, for tiles whose cells are empty. The instructions do not change the result.
    pub(crate) fn new(
        channels: usize,
        cells: Vec<TileCells>,
        instructions: InstructionSet,
    ) -> Refinement {
        let rows = cells.iter().map(TileCells::rows).max().unwrap_or(0);
        let pixels: usize = cells.iter().map(TileCells::pixels).sum();
        let mut decisions = Decisions::new(channels, instructions);
        if pixels >= MANY_PIXELS {
            decisions.use_large_pages();
        }
        Refinement {
            instructions,
            channels,
            cells,
            predictors: std::array::from_fn(|channel| Predictors::new(channel, rows)),
            decisions,
        }
    }

    /// Makes room for step `t`, which must follow step `t − 1`.
    pub(crate) fn start(&mut self, t: usize) {
        self.cells.iter_mut().for_each(|cells| cells.start(t));
    }

    /// Codes the samples of some batches, one batch after the other. An encoder finds them in `values`; a decoder
    /// leaves them there.
    pub(crate) fn code_lanes<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        lanes: &Lanes<'_>,
        values: &mut [u8],
    ) -> Result<(), C::Error> {
        self.instructions.run(
            #[inline(always)]
            || {
                let mut first = 0;
                while first < values.len() {
                    let end = batch_end(lanes.positions, first);
                    self.code_batch(coder, lanes, first, &mut values[first..end])?;
                    first = end;
                }
                Ok(())
            },
        )
    }

    /// Codes the samples of one batch and learns from them.
    #[inline(always)]
    fn code_batch<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        lanes: &Lanes<'_>,
        first: usize,
        values: &mut [u8],
    ) -> Result<(), C::Error> {
        let batch = &Batch::new(lanes, first, values.len());
        let all: [SampleDistribution<'_>; LANES] = std::array::from_fn(|lane| {
            let lane = first + lane.min(values.len() - 1);
            SampleDistribution::new(lanes.sums, lanes.first + lane, lanes.predictions[lane])
        });
        let distributions = &all[..values.len()];
        let shapes = shapes(distributions);
        let contexts = self.contexts(batch, &shapes);
        self.decisions.start(&contexts, distributions);
        for _ in 0..DEPTH {
            self.decisions
                .decide(coder, &contexts, distributions, values)?;
        }
        for (lane, (value, distribution)) in values.iter_mut().zip(distributions).enumerate() {
            let open = self.decisions.open(lane);
            *value = match open.is_undecided() {
                true => coder.pick(distribution, open.low, open.high, (*value).into())? as u8,
                false => open.low as u8,
            };
        }
        self.learn(batch, &contexts, (distributions, &shapes), values);
        Ok(())
    }

    /// What is known before the first decision.
    #[inline(always)]
    fn contexts(&mut self, batch: &Batch, shapes: &Shapes) -> BatchContexts {
        let around = &Neighborhood::new(&self.cells[batch.tile], batch.t, batch.rows.first);
        let (channel, decisions) = ((batch.channel, self.channels), &mut self.decisions);
        let earlier: [LaneShorts; 2] = std::array::from_fn(|k| match k < batch.channel {
            true => around.own_samples(k),
            false => [0; LANES],
        });
        let rows = decisions
            .seen_colors
            .rows(&earlier[..batch.channel], batch.rows.count);
        let slots = contexts::slots(around, channel, shapes);
        decisions.counters.prefetch(&slots);
        let predictors = &mut self.predictors[batch.channel];
        let given = (&batch.bases, &shapes.medians);
        let linear = predictors.predict(around, channel, batch.rows, given);
        let error_classes = linear[PREDICTORS - 1].classes;
        BatchContexts {
            slots,
            selections: std::array::from_fn(|lane| {
                let (spread, class) = (shapes.spreads[lane], error_classes[lane]);
                Selection::new(
                    batch.channel,
                    spread as usize,
                    batch.rows.first,
                    class.into(),
                )
            }),
            linear,
            medians: shapes.medians,
            rows,
        }
    }

    #[inline(always)]
    fn learn(
        &mut self,
        batch: &Batch,
        contexts: &BatchContexts,
        (distributions, shapes): (&[SampleDistribution<'_>], &Shapes),
        values: &[u8],
    ) {
        let (cells, y) = (&mut self.cells[batch.tile], batch.rows.first);
        for (lane, (&value, distribution)) in values.iter().zip(distributions).enumerate() {
            self.decisions.see(lane, value.into());
            let coded = CodedSample {
                sample: value.into(),
                rank: distribution.rank(value.into()).into(),
                residual: i16::from(value) - shapes.medians[lane],
            };
            cells.keep(batch.t, y + lane, batch.channel, coded);
        }
        let predictors = &mut self.predictors[batch.channel];
        let at = (batch.t, y, batch.channel);
        predictors.keep_errors(&contexts.linear, values, cells, at);
        predictors.learn(&contexts.linear, values, batch.rows, self.instructions);
    }
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
