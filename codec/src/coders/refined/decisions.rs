//! The decisions of a sample (`docs/format.md`, *Refinement*, *A decision*).
//!
//! In: the neighbourhood and the network's distribution of a sample. Out: for each decision its answer, coded with odds that are
//! mixed from all inputs, and what was learned from the answer.

use crate::coders::refined::apm::Apm;
use crate::coders::refined::cells::Neighborhood;
use crate::coders::refined::contexts::{NEIGHBOR_CONTEXTS, mean_slots, neighbor_slots};
use crate::coders::refined::counters::ContextCounters;
use crate::coders::refined::dimensions::{CHANNELS, CONTEXTS, PREDICTORS};
use crate::coders::refined::distribution::SampleDistribution;
use crate::coders::refined::linear::input::LinearInput;
use crate::coders::refined::linear::predictors::Predictors;
use crate::coders::refined::mixer::{FIRST_CONTEXT, FIRST_PREDICTOR, Mixer, Selection};
use crate::coders::refined::seen_colors::{SeenColors, SeenValues};
use crate::entropy::bit_coder::ValueCoder;
use crate::entropy::logistic::{ONE, stretch};
use crate::simd::InstructionSet;

/// Probabilities, of 2^16, stay this far from 0 and 1.
const MARGIN: i32 = 32;

/// Everything that decisions are made from.
pub(crate) struct Decisions {
    channels: usize,
    counters: ContextCounters,
    mixer: Mixer,
    apm: Apm,
    predictors: [Predictors; CHANNELS],
    seen_colors: SeenColors,
}

/// What is known about a sample before its first decision.
pub(crate) struct SampleContexts {
    pub(crate) median: usize,
    slots: [usize; CONTEXTS],
    linear: [LinearInput; PREDICTORS],
    selection: Selection,
    seen: SeenValues,
    apm: usize,
}

/// A decision: whether a value of `low..high` is at least `middle`.
#[derive(Clone, Copy)]
pub(crate) struct Split {
    pub(crate) low: usize,
    pub(crate) middle: usize,
    pub(crate) high: usize,
}

impl Decisions {
    /// Bytes of memory of what lies behind pointers.
    pub(crate) const BYTES: usize = ContextCounters::BYTES
        + Apm::BYTES
        + Mixer::BYTES
        + CHANNELS * Predictors::BYTES
        + SeenColors::BYTES;

    /// Nothing learned yet.
    pub(crate) fn new(channels: usize) -> Decisions {
        Decisions {
            channels,
            counters: ContextCounters::new(),
            mixer: Mixer::new(),
            apm: Apm::new(),
            predictors: std::array::from_fn(Predictors::new),
            seen_colors: SeenColors::new(channels),
        }
    }

    /// The contexts of a sample in row `y`.
    #[inline(always)]
    pub(crate) fn contexts(
        &mut self,
        around: &Neighborhood,
        distribution: &SampleDistribution<'_>,
        channel: usize,
        y: usize,
        base: i16,
    ) -> SampleContexts {
        let quartiles = distribution.quartiles();
        let row = self.seen_colors.row(around, channel);
        let first = neighbor_slots(around, channel, self.channels, &quartiles);
        self.counters.prefetch(&first);
        let (predictors, channels) = (&mut self.predictors[channel], (channel, self.channels));
        let linear = predictors.predict(around, channels, y, (base, quartiles.median));
        let error_class = linear[PREDICTORS - 1].class;
        let second = mean_slots(&linear, channel, &quartiles);
        self.counters.prefetch(&second);
        let mut slots = [0; CONTEXTS];
        slots[..NEIGHBOR_CONTEXTS].copy_from_slice(&first);
        slots[NEIGHBOR_CONTEXTS..].copy_from_slice(&second);
        SampleContexts {
            slots,
            selection: Selection::new(channel, quartiles.spread(), y, error_class),
            linear,
            seen: self.seen_colors.start(row),
            apm: Apm::context(around, channel),
            median: quartiles.median,
        }
    }

    /// Codes one decision and learns its answer.
    #[inline(always)]
    pub(crate) fn decide<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        contexts: &mut SampleContexts,
        distribution: &SampleDistribution<'_>,
        split: Split,
        node: usize,
        bit: bool,
    ) -> Result<bool, C::Error> {
        let upper = distribution.upper_share(split.low, split.middle, split.high);
        let network = stretch(upper.clamp(MARGIN, ONE - MARGIN));
        let counts = self
            .seen_colors
            .count(contexts.seen, split.low, split.middle);
        let colors = stretch(counts.probability(upper).clamp(MARGIN, ONE - MARGIN));
        contexts.selection.set_count_class(counts.class());
        self.write_inputs(contexts, split, node, [network, colors]);
        let (mixed, probability) = self.mixer.mix(contexts.selection, node);
        let refined = self.apm.refine(contexts.apm, node, mixed, probability);
        let one = refined.clamp(MARGIN, ONE - MARGIN);
        let bit = coder.decide(bit, ((ONE - one) as u32) << 8)?;
        let answer = if bit { ONE } else { 0 };
        self.mixer.learn(contexts.selection, node, answer);
        self.apm.learn(answer);
        self.counters.learn(&contexts.slots, node, network, answer);
        contexts
            .linear
            .iter_mut()
            .for_each(|input| input.narrow(bit));
        contexts.seen.narrow(counts, bit);
        Ok(bit)
    }

    #[inline(always)]
    fn write_inputs(
        &mut self,
        contexts: &mut SampleContexts,
        split: Split,
        node: usize,
        first: [i32; FIRST_CONTEXT],
    ) {
        let inputs = self.mixer.inputs();
        inputs[..FIRST_CONTEXT].copy_from_slice(&first);
        let counters = &mut inputs[FIRST_CONTEXT..FIRST_PREDICTOR];
        self.counters.inputs(&contexts.slots, node, counters);
        let linear = inputs[FIRST_PREDICTOR..].iter_mut();
        for (log_odds, input) in linear.zip(&mut contexts.linear) {
            *log_odds = input.log_odds(split.middle);
        }
    }

    /// Learns the coded sample, and returns its distance to each linear predictor's mean in sixteenths.
    #[inline(always)]
    pub(crate) fn learn(
        &mut self,
        contexts: &SampleContexts,
        channel: usize,
        base: i16,
        value: usize,
        instructions: InstructionSet,
    ) -> [u16; PREDICTORS] {
        self.seen_colors.learn(contexts.seen, value);
        let predictors = &mut self.predictors[channel];
        predictors.learn(&contexts.linear, base, value as i16, instructions)
    }
}
