//! The decisions of a batch of samples (`docs/format.md`, *Refinement*, *A decision*).
//!
//! In: the contexts and the network's distributions of the samples. Out: level for level, each sample's answer, coded
//! with a probability that is mixed from all inputs; then what was learned from the answers. No sample's depends on an
//! answer of the same level, so the processor works on many at a time.

use crate::coders::mixing::arithmetic::plain::{Inputs, Lesson};
use crate::coders::mixing::dither::DitherGenerator;
use crate::coders::refined::mixer::{FIRST_CORRECTION, FIRST_PREDICTOR, Mixed, Mixer, Selection};
use crate::coders::refinement::counters::{ContextCounters, Slots};
use crate::coders::refinement::dimensions::{
    CHANNELS, CONTEXTS, DEPTH, LANES, LaneInts, LaneShorts, PREDICTORS,
};
use crate::coders::refinement::distribution::{OpenValues, SampleDistribution, Split};
use crate::coders::refinement::linear::input::LinearInput;
use crate::coders::refinement::seen_colors::{SeenColors, SeenValues, SplitCounts};
use crate::entropy::bit_coder::ValueCoder;
use crate::entropy::logistic::{ONE, stretch};
use crate::simd::InstructionSet;

/// Probabilities, of 2^16, stay this far from 0 and 1.
const MARGIN: i32 = 32;

/// Everything that decisions are made from, and the batch at hand.
pub(crate) struct Decisions {
    instructions: InstructionSet,
    pub(crate) counters: ContextCounters,
    mixer: Mixer,
    pub(crate) seen_colors: SeenColors,
    random: DitherGenerator,
    /// The samples of the batch.
    samples: [SampleState; LANES],
    linear: [LaneInts; PREDICTORS],
}

/// What is known about a batch before its first decisions.
pub(crate) struct BatchContexts {
    pub(crate) slots: Slots,
    pub(crate) linear: [LinearInput; PREDICTORS],
    pub(crate) selections: [Selection; LANES],
    /// The medians of the network's distributions.
    pub(crate) medians: LaneShorts,
    pub(crate) rows: [usize; LANES],
}

/// A sample of the batch, between its decisions.
#[derive(Clone, Copy)]
struct SampleState {
    node: usize,
    open: OpenValues,
    split: Split,
    seen: SeenValues,
    counts: SplitCounts,
    selection: Selection,
    network: i16,
    inputs: Inputs,
    mixed: Mixed,
    /// The probability that it is at least the split, of 2^16.
    probability: i32,
    answer: bool,
}

impl SampleState {
    const NONE: SampleState = SampleState {
        node: 1,
        open: OpenValues::NONE,
        split: Split::NONE,
        seen: SeenValues::NONE,
        counts: SplitCounts::NONE,
        selection: Selection::NONE,
        network: 0,
        inputs: Inputs::NONE,
        mixed: Mixed::NONE,
        probability: 0,
        answer: false,
    };
}

/// The number of decisions before that of a node.
#[inline(always)]
fn depth(node: usize) -> usize {
    node.ilog2() as usize % DEPTH
}

impl Decisions {
    /// Bytes of memory of what lies behind pointers.
    pub(crate) const BYTES: usize = ContextCounters::BYTES + Mixer::BYTES + SeenColors::BYTES;

    /// Nothing learned yet.
    pub(crate) fn new(channels: usize, instructions: InstructionSet) -> Decisions {
        debug_assert!(channels <= CHANNELS);
        Decisions {
            instructions,
            counters: ContextCounters::new(),
            mixer: Mixer::new(),
            seen_colors: SeenColors::new(channels, instructions),
            random: DitherGenerator::new(),
            samples: [SampleState::NONE; LANES],
            linear: [[0; LANES]; PREDICTORS],
        }
    }

    /// Keeps the large tables, which must not have been used yet, in large pages where the system allows it.
    pub(crate) fn use_large_pages(&mut self) {
        self.counters.use_large_pages();
        self.seen_colors.use_large_pages();
    }

    /// Begins a batch.
    #[inline(always)]
    pub(crate) fn start(
        &mut self,
        contexts: &BatchContexts,
        distributions: &[SampleDistribution<'_>],
    ) {
        self.mixer.start();
        for (lane, distribution) in distributions.iter().enumerate() {
            let sample = &mut self.samples[lane];
            sample.node = 1;
            sample.open = distribution.all();
            sample.split = distribution.first_split(contexts.medians[lane] as usize);
            sample.selection = contexts.selections[lane];
            sample.seen = self.seen_colors.start(contexts.rows[lane]);
        }
    }

    /// Codes the next decision of each sample that has one, and learns the answers.
    #[inline(always)]
    pub(crate) fn decide<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        contexts: &BatchContexts,
        distributions: &[SampleDistribution<'_>],
        values: &[u8],
    ) -> Result<(), C::Error> {
        let lanes = distributions.len();
        let open: [bool; LANES] =
            std::array::from_fn(|lane| lane < lanes && self.samples[lane].open.is_undecided());
        self.random.advance();
        for lane in (0..lanes).filter(|&lane| open[lane]) {
            self.split(lane, &distributions[lane]);
        }
        self.gather_linear(contexts);
        for lane in (0..lanes).filter(|&lane| open[lane]) {
            self.mix(lane, contexts);
        }
        for lane in (0..lanes).filter(|&lane| open[lane]) {
            let sample = &mut self.samples[lane];
            let answer = usize::from(values[lane]) >= sample.split.value;
            sample.answer = coder.decide(answer, ((ONE - sample.probability) as u32) << 8)?;
        }
        for lane in (0..lanes).filter(|&lane| open[lane]) {
            self.learn(lane, contexts);
        }
        Ok(())
    }

    /// Where the next decision of a sample divides its values, and what the network and the seen colours say to that.
    #[inline(always)]
    fn split(&mut self, lane: usize, distribution: &SampleDistribution<'_>) {
        let sample = &mut self.samples[lane];
        if sample.node > 1 {
            sample.split = distribution.split(sample.open);
        }
        let upper = sample.open.upper_share(sample.split);
        sample.network = stretch(upper.clamp(MARGIN, ONE - MARGIN)) as i16;
        let (low, middle) = (sample.open.low, sample.split.value);
        sample.counts = self.seen_colors.count(sample.seen, low, middle);
        let probability = sample.counts.probability(upper);
        sample.selection.set_count_class(sample.counts.class());
        sample.inputs.0[0] = sample.network;
        sample.inputs.0[1] = stretch(probability.clamp(MARGIN, ONE - MARGIN)) as i16;
    }

    /// The inputs of the linear predictors, for all lanes.
    #[inline(always)]
    fn gather_linear(&mut self, contexts: &BatchContexts) {
        let samples = &self.samples;
        let low = std::array::from_fn(|lane| samples[lane].open.low as i32);
        let split = std::array::from_fn(|lane| samples[lane].split.value as i32);
        let high = std::array::from_fn(|lane| samples[lane].open.high as i32);
        for (log_odds, linear) in self.linear.iter_mut().zip(&contexts.linear) {
            *log_odds = linear.log_odds(&low, &split, &high);
        }
    }

    #[inline(always)]
    fn mix(&mut self, lane: usize, contexts: &BatchContexts) {
        let sample = &mut self.samples[lane];
        let (node, instructions) = (sample.node, self.instructions);
        let inputs = &mut sample.inputs.0;
        for (input, log_odds) in inputs[FIRST_PREDICTOR..].iter_mut().zip(&self.linear) {
            *input = log_odds[lane] as i16;
        }
        let corrections = self.counters.inputs(&contexts.slots, lane, node);
        inputs[FIRST_CORRECTION..][..CONTEXTS].copy_from_slice(&corrections.0);
        let mixed = self
            .mixer
            .mix(&sample.inputs, sample.selection, depth(node), instructions);
        sample.probability = mixed.probability.clamp(MARGIN, ONE - MARGIN);
        sample.mixed = mixed;
    }

    #[inline(always)]
    fn learn(&mut self, lane: usize, contexts: &BatchContexts) {
        let sample = &mut self.samples[lane];
        let (node, instructions) = (sample.node, self.instructions);
        let answer = if sample.answer { ONE } else { 0 };
        let selected = (sample.selection, depth(node));
        self.mixer.learn(
            &sample.inputs,
            &sample.mixed,
            selected,
            answer,
            instructions,
        );
        let lesson = Lesson {
            uncorrected: sample.network,
            answer: sample.answer,
            dither: self.random.dither(),
            chance: self.random.chance(),
        };
        self.counters
            .learn(&contexts.slots, lane, node, lesson, instructions);
        sample.open = sample.open.narrowed(sample.split, sample.answer);
        sample.seen.narrow(sample.counts, sample.answer);
        sample.node = node << 1 | usize::from(sample.answer);
    }

    /// The values that are left of a sample after its decisions.
    #[inline(always)]
    pub(crate) fn open(&self, lane: usize) -> OpenValues {
        self.samples[lane].open
    }

    /// Learns the coded sample of a lane.
    #[inline(always)]
    pub(crate) fn see(&mut self, lane: usize, value: usize) {
        self.seen_colors.learn(self.samples[lane].seen, value);
    }
}
