//! The coding method *thorough*: as *refined*, but with many more inputs, each of which learns as it goes
//! (`docs/format.md`, *Thorough refinement*).
//!
//! In: the network's distribution of a sample. Out: the sample coded, and a better distribution next time. Where the
//! refined method has some twenty inputs, this one has 111: histograms of how far samples were from simple estimates,
//! lists of the values that followed exact colours, twice as many counters. They are mixed by 16 weight sets, and
//! samples of a batch learn from one another. One piece of code encodes and decodes.

mod dimensions;
mod logarithm;
mod evidence;
mod histograms;
mod lists;
mod traces;
mod surroundings;
mod contexts;
mod mixer;
mod decisions;

use self::contexts::{Knowledge, counter_contexts, list_contexts, selection};
use self::decisions::{BatchContexts, Decisions, SampleContexts};
use self::dimensions::{ESTIMATES, HISTOGRAMS};
use self::histograms::{Estimates, histogram_index};
use self::surroundings::{BatchSurroundings, Surroundings};
use self::traces::{Trace, Traces};
use crate::coders::linear::mean_errors::quarter_octave;
use crate::coders::refinement::batches::{Batch, Lanes, distributions, shapes};
use crate::coders::refinement::cells::{
    CodedSample, NORTH, NORTH_EAST, NORTH_WEST, Neighborhood, TileCells, WEST,
};
use crate::coders::refinement::contexts::{Shapes, slot, slots};
use crate::coders::refinement::dimensions::{CHANNELS, CONTEXTS, LANES, LaneShorts};
use crate::coders::refinement::linear::predictors::Predictors;
use crate::entropy::bit_coder::ValueCoder;
use crate::simd::InstructionSet;

/// Everything that is learned in a group, and the cells and traces of its tiles.
pub(crate) struct Thorough {
    pub(crate) instructions: InstructionSet,
    channels: usize,
    cells: Vec<TileCells>,
    traces: Vec<Traces>,
    predictors: [Predictors; CHANNELS],
    decisions: Decisions,
}

/// What is known of the samples around a batch.
struct BatchKnowledge<'a> {
    around: &'a Neighborhood<'a>,
    surroundings: &'a BatchSurroundings,
    shapes: &'a Shapes,
}

impl Thorough {
    /// Bytes of memory, without the cells and traces.
    pub(crate) const BYTES: u64 =
        (size_of::<Thorough>() + Decisions::BYTES + CHANNELS * Predictors::BYTES) as u64;

    /// Bytes of memory of the traces of a tile.
    pub(crate) fn tile_bytes(shear: usize, height: usize) -> u64 {
        Traces::bytes(TileCells::count(shear, height))
    }

    /// Nothing learned yet, for tiles whose cells are empty. The instructions do not change the result.
    pub(crate) fn new(
        channels: usize,
        cells: Vec<TileCells>,
        instructions: InstructionSet,
    ) -> Thorough {
        let rows = cells.iter().map(TileCells::rows).max().unwrap_or(0);
        let traces = |cells: &TileCells| Traces::new(channels, cells.len());
        Thorough {
            instructions,
            channels,
            traces: cells.iter().map(traces).collect(),
            cells,
            predictors: std::array::from_fn(|channel| Predictors::new(channel, rows)),
            decisions: Decisions::new(channels, instructions),
        }
    }

    /// Makes room for step `t`, which must follow step `t − 1`.
    pub(crate) fn start(&mut self, t: usize) {
        for (cells, traces) in self.cells.iter_mut().zip(&mut self.traces) {
            cells.start(t);
            traces.clear(cells.started(t));
        }
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
        let shapes = &shapes(distributions);
        let (contexts, samples) = self.contexts(batch, shapes);
        self.decisions.mixer.start();
        for (lane, value) in values.iter_mut().enumerate() {
            let (sample, distribution) = (&samples[lane], &distributions[lane]);
            let decisions = &mut self.decisions;
            let cost = decisions.code(coder, &contexts, sample, distribution, value)?;
            let number = i32::from(*value);
            let (y, channel) = (batch.rows.first + lane, batch.channel);
            let coded = CodedSample {
                sample: number as i16,
                rank: distribution.rank(usize::from(*value)).into(),
                residual: number as i16 - shapes.medians[lane],
            };
            let cells = &mut self.cells[batch.tile];
            cells.keep(batch.t, y, channel, coded);
            let trace = Trace::new(&sample.estimates.values, number, cost);
            self.traces[batch.tile].keep(channel, cells.index(batch.t, y), trace);
        }
        let (cells, predictors) = (
            &mut self.cells[batch.tile],
            &mut self.predictors[batch.channel],
        );
        let at = (batch.t, batch.rows.first, batch.channel);
        predictors.keep_errors(&contexts.linear, values, cells, at);
        predictors.learn(&contexts.linear, values, batch.rows, self.instructions);
        Ok(())
    }

    /// What is known before the first decision.
    #[inline(always)]
    fn contexts(
        &mut self,
        batch: &Batch,
        shapes: &Shapes,
    ) -> (BatchContexts, [SampleContexts; LANES]) {
        let around = &Neighborhood::new(&self.cells[batch.tile], batch.t, batch.rows.first);
        let channel = (batch.channel, self.channels);
        let earlier: [LaneShorts; 2] = std::array::from_fn(|k| match k < batch.channel {
            true => around.own_samples(k),
            false => [0; LANES],
        });
        let seen_colors = &self.decisions.seen_colors;
        let rows = seen_colors.rows(&earlier[..batch.channel], batch.rows.count);
        let usual = slots(around, channel, shapes);
        self.decisions.counters[0].prefetch(&usual);
        let predictors = &mut self.predictors[batch.channel];
        let given = (&batch.bases, &shapes.medians);
        let linear = predictors.predict(around, channel, batch.rows, given);
        let knowledge = BatchKnowledge {
            around,
            surroundings: &BatchSurroundings::new(around, channel, &shapes.medians),
            shapes,
        };
        let mut contexts = BatchContexts {
            slots: [usual, [[0; LANES]; CONTEXTS]],
            linear,
        };
        let samples = std::array::from_fn(|lane| {
            self.sample_contexts(batch, &knowledge, &mut contexts, (lane, rows[lane]))
        });
        self.decisions.counters[1].prefetch(&contexts.slots[1]);
        (contexts, samples)
    }

    /// The same for one lane.
    #[inline(always)]
    fn sample_contexts(
        &self,
        batch: &Batch,
        knowledge: &BatchKnowledge<'_>,
        contexts: &mut BatchContexts,
        (lane, row): (usize, usize),
    ) -> SampleContexts {
        let BatchKnowledge {
            around,
            surroundings,
            shapes,
        } = knowledge;
        let (channel, last) = (batch.channel, self.channels - 1);
        let traces = &self.traces[batch.tile];
        let cell = |neighbor: usize| around.cell(neighbor).map(|cell| cell + lane);
        let trace = |neighbor: usize| traces.get(channel, cell(neighbor));
        let neighbors = [WEST, NORTH, NORTH_WEST, NORTH_EAST].map(trace);
        let rank = |neighbor: usize| around.ranks(neighbor, channel)[lane].into();
        let other_ranks = [
            match channel {
                0 => around.ranks(WEST, last),
                _ => around.own_ranks(channel - 1),
            },
            match channel {
                2 => around.own_ranks(0),
                _ => around.ranks(NORTH, (channel + 1).min(last)),
            },
        ];
        let surroundings = &surroundings.lane(lane, &shapes.medians);
        let linear = contexts.linear.each_ref();
        let known = &Knowledge {
            spread: shapes.spreads[lane].into(),
            means: linear.map(|input| input.means[lane]),
            error_classes: linear.map(|input| input.classes[lane]),
            ranks: [WEST, NORTH].map(rank),
            other_ranks: other_ranks.map(|ranks| ranks[lane].into()),
            cost: cost_class(neighbors),
            row: batch.rows.first,
        };
        let counted = counter_contexts(surroundings, known);
        for (index, context) in counted.into_iter().enumerate() {
            contexts.slots[1][index][lane] = slot(index, channel, context);
        }
        let lists = lists::indices(channel, &list_contexts(surroundings));
        if lane < batch.rows.count {
            self.decisions.lists.prefetch(&lists);
        }
        SampleContexts {
            lane,
            channel,
            row,
            estimates: estimates(surroundings, known, neighbors, channel),
            lists,
            selection: selection(surroundings, known),
        }
    }
}

/// The sum of one number of W, N, NW and NE; those of W and N count twice.
#[inline(always)]
fn weighted_sum(numbers: [u8; 4]) -> u32 {
    let [w, n, nw, ne] = numbers.map(u32::from);
    2 * (w + n) + nw + ne
}

/// The class of what the neighbours cost, 0 to 15.
#[inline(always)]
fn cost_class(neighbors: [&Trace; 4]) -> i32 {
    let sum = weighted_sum(neighbors.map(|trace| trace.cost));
    (quarter_octave(sum + 4) as i32 - 8).clamp(0, 31) / 2
}

/// The estimates, and the histograms in the context of how far they were off at the neighbours, and of what these cost.
#[inline(always)]
fn estimates(
    around: &Surroundings,
    known: &Knowledge,
    neighbors: [&Trace; 4],
    channel: usize,
) -> Estimates {
    let mut indices = [[0; HISTOGRAMS]; ESTIMATES];
    for (estimate, indices) in indices.iter_mut().enumerate() {
        let sum = weighted_sum(neighbors.map(|trace| trace.errors[estimate]));
        let errors = (quarter_octave(sum + 2) / 2).min(histograms::CONTEXTS - 1);
        let contexts = [errors, known.cost as usize];
        *indices =
            std::array::from_fn(|which| histogram_index(channel, estimate, which, contexts[which]));
    }
    Estimates {
        values: around.estimates(known.means),
        histograms: indices,
    }
}
