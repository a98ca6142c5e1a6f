//! The coding method *refined*: the network's distribution of a sample in, the sample coded, and a better distribution
//! next time.
//!
//! Up to four decisions split the network's distribution into halves. The probability of each is mixed from the
//! network's, from counters in sixteen contexts, from the colours seen before and from linear predictors, all of which
//! learn as they go (`docs/format.md`, *Refinement*). Samples of one step are coded in batches, decision by decision,
//! so that the processor works on many at a time. One piece of code encodes and decodes: a [`ValueCoder`] answers each
//! decision.

mod mixer;
mod decisions;

use self::decisions::{BatchContexts, Decisions};
use self::mixer::Selection;
use crate::coders::refinement::batches::{Batch, Lanes, distributions, shapes};
use crate::coders::refinement::cells::{CodedSample, Neighborhood, TileCells};
use crate::coders::refinement::contexts::{self, Shapes};
use crate::coders::refinement::dimensions::{CHANNELS, DEPTH, LANES, LaneShorts, PREDICTORS};
use crate::coders::refinement::distribution::SampleDistribution;
use crate::coders::refinement::linear::predictors::Predictors;
use crate::entropy::bit_coder::ValueCoder;
use crate::simd::InstructionSet;

/// A group with at least this many pixels has tables in large pages. They take time to be cleared.
const MANY_PIXELS: usize = 1 << 16;

/// Everything that is learned in a group, and the cells of its tiles.
pub(crate) struct Refined {
    pub(crate) instructions: InstructionSet,
    channels: usize,
    cells: Vec<TileCells>,
    predictors: [Predictors; CHANNELS],
    decisions: Decisions,
}

impl Refined {
    /// Bytes of memory, without the cells.
    pub(crate) const BYTES: u64 =
        (size_of::<Refined>() + Decisions::BYTES + CHANNELS * Predictors::BYTES) as u64;

    /// Nothing learned yet, for tiles whose cells are empty. The instructions do not change the result.
    pub(crate) fn new(
        channels: usize,
        cells: Vec<TileCells>,
        instructions: InstructionSet,
    ) -> Refined {
        let rows = cells.iter().map(TileCells::rows).max().unwrap_or(0);
        let pixels: usize = cells.iter().map(TileCells::pixels).sum();
        let mut decisions = Decisions::new(channels, instructions);
        if pixels >= MANY_PIXELS {
            decisions.use_large_pages();
        }
        Refined {
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

    /// Codes the samples of one batch and learns from them. An encoder finds them in `values`; a decoder leaves them
    /// there.
    #[inline(always)]
    pub(crate) fn code_batch<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        lanes: &Lanes<'_>,
        first: usize,
        values: &mut [u8],
    ) -> Result<(), C::Error> {
        let batch = &Batch::new(lanes, first, values.len());
        let distributions = &distributions(lanes, first, values.len())[..values.len()];
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
