//! The decisions of a sample (`docs/format.md`, *Thorough refinement*, *A thorough decision*).
//!
//! In: what is known of the sample, and the network's distribution. Out: the sample, coded decision by decision with
//! a probability that is mixed from all inputs; each answer is learned before the next decision.

use crate::coders::mixing::arithmetic::plain::Lesson;
use crate::coders::mixing::dither::DitherGenerator;
use crate::coders::refinement::counters::{ContextCounters, Slots};
use crate::coders::refinement::dimensions::{CHANNELS, CONTEXTS, DEPTH as COUNTED, PREDICTORS};
use crate::coders::refinement::distribution::{OpenValues, SampleDistribution, Split};
use crate::coders::refinement::linear::input::LinearInput;
use crate::coders::refinement::seen_colors::{SeenColors, SeenValues, SplitCounts};
use crate::coders::thorough::dimensions::DEPTH;
use crate::coders::thorough::evidence::Evidence;
use crate::coders::thorough::histograms::{Estimates, Histograms};
use crate::coders::thorough::lists::{ListIndices, Lists, OpenLists};
use crate::coders::thorough::logarithm::logarithm;
use crate::coders::thorough::mixer::{
    CONSTANT, FIRST_CORRECTION, FIRST_HISTOGRAM, FIRST_LIST, FIRST_PREDICTOR, INPUTS, Inputs,
    Mixer, Selection, Selector,
};
use crate::entropy::bit_coder::ValueCoder;
use crate::entropy::logistic::{ONE, stretch};
use crate::simd::InstructionSet;

/// Probabilities, of 2^16, stay this far from 0 and 1.
const MARGIN: i32 = 32;
/// The constant input.
const BIAS: i16 = 256;
/// What the network is worth beside histograms and lists, in 16ths of a sample.
const HISTOGRAM_PRIOR: u32 = 100;
const LIST_PRIOR: u32 = 16;
/// The list whose count selects a weight set.
const COUNTED_LIST: usize = 6;

/// Everything that decisions are made from.
pub(crate) struct Decisions {
    instructions: InstructionSet,
    pub(crate) counters: [ContextCounters; 2],
    histograms: Histograms,
    pub(crate) lists: Lists,
    pub(crate) mixer: Mixer,
    pub(crate) seen_colors: SeenColors,
    random: DitherGenerator,
    /// What the sample at hand is decided from.
    open_lists: OpenLists,
    inputs: Inputs,
}

/// What is known of a batch before its first decisions.
pub(crate) struct BatchContexts {
    pub(crate) slots: [Slots; 2],
    pub(crate) linear: [LinearInput; PREDICTORS],
}

/// What is known of a sample before its first decision.
pub(crate) struct SampleContexts {
    pub(crate) lane: usize,
    pub(crate) channel: usize,
    /// The row of the colours seen.
    pub(crate) row: usize,
    pub(crate) estimates: Estimates,
    pub(crate) lists: ListIndices,
    pub(crate) selection: Selection,
}

/// A decision that is not made yet.
struct Decision {
    depth: usize,
    node: usize,
    open: OpenValues,
    split: Split,
    /// The network's probability, of 2^16, that the sample is not below the split.
    upper: i32,
    counts: SplitCounts,
}

impl Decision {
    #[inline(always)]
    fn bounds(&self) -> [usize; 3] {
        [self.open.low, self.split.value, self.open.high]
    }
}

impl Decisions {
    /// Bytes of memory of what lies behind pointers.
    pub(crate) const BYTES: usize = 2 * ContextCounters::BYTES
        + Histograms::BYTES
        + Lists::BYTES
        + Mixer::BYTES
        + SeenColors::BYTES;

    /// Nothing learned yet.
    pub(crate) fn new(channels: usize, instructions: InstructionSet) -> Decisions {
        debug_assert!(channels <= CHANNELS);
        Decisions {
            instructions,
            counters: [ContextCounters::new(), ContextCounters::new()],
            histograms: Histograms::new(),
            lists: Lists::new(),
            mixer: Mixer::new(),
            seen_colors: SeenColors::new(channels, instructions),
            random: DitherGenerator::new(),
            open_lists: OpenLists::NONE,
            inputs: [0; INPUTS],
        }
    }

    /// Codes a sample: an encoder finds it in `value`, a decoder leaves it there. Returns what it cost, in eighths of a
    /// bit.
    #[inline(always)]
    pub(crate) fn code<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        batch: &BatchContexts,
        sample: &SampleContexts,
        distribution: &SampleDistribution<'_>,
        value: &mut u8,
    ) -> Result<u8, C::Error> {
        self.open_lists = self.lists.open(&sample.lists);
        let mut seen = self.seen_colors.start(sample.row);
        let (mut open, mut node, mut cost) = (distribution.all(), 1, 0);
        for depth in 0..DEPTH {
            if !open.is_undecided() {
                break;
            }
            let split = distribution.split(open);
            let decision = Decision {
                depth,
                node,
                open,
                split,
                upper: open.upper_share(split),
                counts: self.seen_colors.count(seen, open.low, split.value),
            };
            let answer = usize::from(*value) >= split.value;
            let (answer, share) = self.decide(coder, batch, sample, &decision, answer)?;
            cost += logarithm(ONE as u32) - logarithm(share);
            open = open.narrowed(split, answer);
            seen.narrow(decision.counts, answer);
            node = node << 1 | usize::from(answer);
        }
        *value = match open.is_undecided() {
            true => coder.pick(distribution, open.low, open.high, (*value).into())? as u8,
            false => open.low as u8,
        };
        self.learn(sample, seen, *value);
        // 8 · 1024^−1 ÷ ln 2 = 46 · 2^−12.
        Ok(((cost * 46) >> 12).min(255) as u8)
    }

    /// Codes a decision and learns the answer. Returns it, and its probability.
    #[inline(always)]
    fn decide<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        batch: &BatchContexts,
        sample: &SampleContexts,
        decision: &Decision,
        answer: bool,
    ) -> Result<(bool, u32), C::Error> {
        self.gather(batch, sample, decision);
        let selection = self.selection(sample, decision);
        let at = (sample.channel, decision.depth);
        let mixed = self.mixer.mix(&self.inputs, &selection, at);
        let probability = mixed.probability.clamp(MARGIN, ONE - MARGIN);
        let answer = coder.decide(answer, ((ONE - probability) as u32) << 8)?;
        self.mixer
            .learn(&self.inputs, &mixed, if answer { ONE } else { 0 });
        if decision.depth < COUNTED {
            self.teach_counters(batch, sample.lane, decision, answer);
        }
        let share = if answer {
            probability
        } else {
            ONE - probability
        };
        Ok((answer, share as u32))
    }

    #[inline(always)]
    fn gather(&mut self, batch: &BatchContexts, sample: &SampleContexts, decision: &Decision) {
        let inputs = &mut self.inputs;
        let seen = decision.counts.probability(decision.upper);
        inputs[0] = log_odds(decision.upper);
        inputs[1] = log_odds(seen);
        let bounds = decision.bounds();
        for (input, linear) in inputs[FIRST_PREDICTOR..].iter_mut().zip(&batch.linear) {
            *input = linear.lane_log_odds(sample.lane, bounds.map(|bound| bound as i32)) as i16;
        }
        let prior = Evidence::new(decision.upper, HISTOGRAM_PRIOR);
        let histograms = &mut inputs[FIRST_HISTOGRAM..FIRST_CORRECTION];
        self.histograms
            .inputs(&sample.estimates, bounds, prior, histograms);
        for (index, (counters, slots)) in self.counters.iter().zip(&batch.slots).enumerate() {
            let inputs = &mut inputs[FIRST_CORRECTION + index * CONTEXTS..][..CONTEXTS];
            match decision.depth < COUNTED {
                true => {
                    inputs.copy_from_slice(&counters.inputs(slots, sample.lane, decision.node).0)
                }
                false => inputs.fill(0),
            }
        }
        let prior = Evidence::new(decision.upper, LIST_PRIOR);
        let lists = &mut inputs[FIRST_LIST..CONSTANT];
        self.open_lists.inputs(bounds, prior, lists);
        inputs[CONSTANT] = BIAS;
    }

    /// The weight sets of a decision.
    #[inline(always)]
    fn selection(&self, sample: &SampleContexts, decision: &Decision) -> Selection {
        let mut selection = sample.selection;
        let mut set =
            |selector: Selector, class: usize| selection.0[selector as usize] = class as u8;
        let inputs = &self.inputs;
        let level = |input: usize, shift: i16, limit: i16| {
            ((inputs[input] >> shift).clamp(-limit, limit - 1) + limit) as usize
        };
        let count = self.open_lists.count(COUNTED_LIST) as u32;
        let octave = count
            .checked_ilog2()
            .map_or(0, |octave| octave as usize + 1);
        set(Selector::Counts, decision.counts.class());
        set(Selector::Node, decision.node.min(63));
        set(Selector::LinearInput, level(FIRST_HISTOGRAM - 1, 7, 32));
        set(
            Selector::ListCount,
            8 * (decision.counts.class() / 3) + octave.min(7),
        );
        selection
    }

    #[inline(always)]
    fn teach_counters(
        &mut self,
        batch: &BatchContexts,
        lane: usize,
        decision: &Decision,
        answer: bool,
    ) {
        self.random.advance();
        let lesson = Lesson {
            uncorrected: self.inputs[0],
            answer,
            dither: self.random.dither(),
            chance: self.random.chance(),
        };
        for (counters, slots) in self.counters.iter_mut().zip(&batch.slots) {
            counters.learn(slots, lane, decision.node, lesson, self.instructions);
        }
    }

    /// Learns the coded sample.
    #[inline(always)]
    fn learn(&mut self, sample: &SampleContexts, seen: SeenValues, value: u8) {
        self.seen_colors.learn(seen, value.into());
        self.histograms.learn(&sample.estimates, value.into());
        self.lists.learn(&sample.lists, value);
    }
}

/// The log-odds of a probability of 2^16.
#[inline(always)]
fn log_odds(probability: i32) -> i16 {
    stretch(probability.clamp(MARGIN, ONE - MARGIN)) as i16
}
