//! The decisions that divide the distribution of a sample (`docs/format.md`, *Deep decisions*).
//!
//! In: the contexts and the distributions of a sample. Out: the samples that are left, each answer coded with a
//! probability that is mixed from the predictors and from counters; then what was learned from the answers.

use crate::coders::deep::arithmetic::curve::ALL;
use crate::coders::deep::arithmetic::logarithm::logarithm;
use crate::coders::deep::contexts::SampleContext;
use crate::coders::deep::dimensions::{
    ByPredictor, CLASSES, CONTEXTS, DEPTH, MEAN_UNIT, NODES, PREDICTORS, WEIGHTED,
};
use crate::coders::deep::linear::prediction::Prediction;
use crate::coders::mixing::arithmetic::plain::{
    ContextNumbers, Inputs, Lesson, MIXTURES, correction, learned, products, step,
};
use crate::coders::mixing::dither::DitherGenerator;
use crate::coders::mixing::prefetch::prefetch;
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::logistic::{MAX_LOG_ODDS, ONE, learn, mix, squash};

/// Weight sets of each mixture, for each channel and node.
pub(crate) const SETS: [usize; MIXTURES] = [CLASSES, 128, 256, 128];
/// Binary logarithm of the slots of a context.
const SLOT_BITS: u32 = 12;
/// The logistic distribution's quantiles at odd eighths, quarters and the half, in 1024ths of the scale, by node.
const QUANTILES: [i64; NODES] = [0, 0, -1125, 1125, -1993, -523, 523, 1993];
/// Probabilities, of 2^16, stay this far from 0 and 1.
const MARGIN: i32 = 32;
/// The weights before anything is learned, of 2^14.
const WEIGHTED_WEIGHT: i16 = 12_288;
const OTHER_WEIGHT: i16 = 1024;
const WEIGHT_BITS: u32 = 14;
/// The rate of the weights, of 2^23: at last, and how much higher it begins.
const RATE: u32 = 14;
const EXTRA_RATE: u32 = 72_000;
/// Samples after which half the extra rate is left.
const HALF_TIME: u32 = 3000;
const FINAL_WEIGHT: i32 = 1 << 14;
const FINAL_RATE: u32 = 20;

/// Bytes of memory, for planes.
pub(crate) fn memory(planes: u64) -> u64 {
    let counters = (CONTEXTS << SLOT_BITS) * size_of::<[i16; NODES]>();
    let sets: usize = SETS.iter().sum();
    let weights = sets * NODES * size_of::<Inputs>() + NODES * size_of::<[i32; MIXTURES]>();
    counters as u64 + planes.saturating_mul(weights as u64)
}

/// Counters and weights.
pub(crate) struct Decisions {
    counters: Vec<[i16; NODES]>,
    weights: [Vec<Inputs>; MIXTURES],
    final_weights: Vec<[i32; MIXTURES]>,
    samples: u32,
    rate: i32,
    random: DitherGenerator,
}

/// The samples `low..high` that are still possible, and the masses below `low` and `high`.
#[derive(Clone, Copy)]
pub(crate) struct OpenSamples {
    pub(crate) low: i32,
    pub(crate) high: i32,
    below: ByPredictor<u32>,
    end: ByPredictor<u32>,
}

impl OpenSamples {
    /// All samples of the range.
    #[inline(always)]
    fn all(prediction: &Prediction) -> OpenSamples {
        OpenSamples {
            low: prediction.range.smallest,
            high: prediction.range.largest + 1,
            below: [0; PREDICTORS],
            end: [ALL; PREDICTORS],
        }
    }

    /// Whether more than one sample is possible.
    #[inline(always)]
    pub(crate) fn is_undecided(&self) -> bool {
        self.high - self.low > 1
    }

    /// The masses of the weighted distribution below the first sample and below the end.
    #[inline(always)]
    pub(crate) fn weighted(&self) -> (u32, u32) {
        (self.below[WEIGHTED], self.end[WEIGHTED])
    }
}

/// A decision, before its answer is known.
struct PendingDecision {
    /// The slots of the contexts and the weights.
    slots: [usize; CONTEXTS],
    sets: [usize; MIXTURES],
    final_set: usize,
    /// Of the weighted predictor, of the others, of the contexts, and zeros.
    inputs: Inputs,
    mixtures: [i32; MIXTURES],
    probability: i32,
}

impl Decisions {
    /// Nothing learned yet, for `planes`.
    pub(crate) fn new(planes: usize) -> Decisions {
        let mut weights = Inputs::NONE;
        weights.0[0] = WEIGHTED_WEIGHT;
        weights.0[1..PREDICTORS + CONTEXTS].fill(OTHER_WEIGHT);
        Decisions {
            counters: vec![[0; NODES]; CONTEXTS << SLOT_BITS],
            weights: SETS.map(|sets| vec![weights; sets * planes * NODES]),
            final_weights: vec![[FINAL_WEIGHT; MIXTURES]; planes * NODES],
            samples: 0,
            rate: 0,
            random: DitherGenerator::new(),
        }
    }

    /// Codes up to three decisions about a sample of a channel: the samples that are left.
    #[inline(always)]
    pub(crate) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        context: &SampleContext<'_>,
        channel: usize,
        sample: i32,
    ) -> Result<OpenSamples, C::Error> {
        self.rate = (RATE + EXTRA_RATE / (HALF_TIME + self.samples)) as i32;
        self.samples = (self.samples + 1).min(EXTRA_RATE);
        let prediction = context.prediction;
        let slots = slots(&context.counters(), channel);
        for &slot in &slots {
            prefetch(&self.counters[slot], NODES);
        }
        let (sets, disagreement) = (context.sets(), context.disagreement());
        let mut open = OpenSamples::all(prediction);
        let mut node = 1;
        while node < 1 << DEPTH && open.is_undecided() {
            let split = split(prediction, node).clamp(open.low + 1, open.high - 1);
            let masses: ByPredictor<u32> = std::array::from_fn(|which| {
                let mass = prediction.mass_below(which, split);
                mass.clamp(open.below[which], open.end[which])
            });
            let is_last = usize::from(open.high - open.low <= 2);
            let [a, b, c] = sets;
            let sets = [a, b, c, disagreement | is_last << 6];
            let decision = self.pending(&open, &masses, slots, sets, channel, node);
            let probability = decision.probability.clamp(MARGIN, ONE - MARGIN);
            let answer = coder.decide(sample >= split, ((ONE - probability) as u32) << 8)?;
            self.learn(&decision, node, answer);
            if answer {
                (open.low, open.below) = (split, masses);
            } else {
                (open.high, open.end) = (split, masses);
            }
            node = node << 1 | usize::from(answer);
        }
        Ok(open)
    }

    #[inline(always)]
    fn pending(
        &self,
        open: &OpenSamples,
        masses: &ByPredictor<u32>,
        slots: [usize; CONTEXTS],
        sets: [usize; MIXTURES],
        channel: usize,
        node: usize,
    ) -> PendingDecision {
        let mut inputs = Inputs::NONE;
        for (which, &mass) in masses.iter().enumerate() {
            let upper = logarithm((open.end[which] - mass).max(1));
            let lower = logarithm((mass - open.below[which]).max(1));
            let log_odds = (upper - lower).clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS);
            inputs.0[(which + 1) % PREDICTORS] = log_odds as i16;
        }
        for (input, &slot) in inputs.0[PREDICTORS..].iter_mut().zip(&slots) {
            *input = correction(self.counters[slot][node % NODES]);
        }
        let sets = std::array::from_fn(|k| (channel * SETS[k] + sets[k]) * NODES + node);
        let weights = std::array::from_fn(|k| &self.weights[k][sets[k]]);
        let mixtures = products(weights, &inputs)
            .map(|sum| (sum >> WEIGHT_BITS).clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS));
        let final_set = channel * NODES + node;
        PendingDecision {
            slots,
            sets,
            final_set,
            inputs,
            mixtures,
            probability: squash(mix(&self.final_weights[final_set], &mixtures)),
        }
    }

    #[inline(always)]
    fn learn(&mut self, decision: &PendingDecision, node: usize, answer: bool) {
        let target = if answer { ONE } else { 0 };
        let error = target - decision.probability;
        let weights = &mut self.final_weights[decision.final_set];
        learn(weights, &decision.mixtures, error, FINAL_RATE);
        for (k, &mixture) in decision.mixtures.iter().enumerate() {
            let error = (((target - squash(mixture)) * self.rate) >> 8) as i16;
            step(
                &mut self.weights[k][decision.sets[k]],
                &decision.inputs,
                error,
            );
        }
        self.random.advance();
        let lesson = Lesson {
            uncorrected: decision.inputs.0[0],
            answer,
            dither: self.random.dither(),
            chance: self.random.chance(),
        };
        let counters = decision.slots.map(|slot| self.counters[slot][node % NODES]);
        let counters = learned(&ContextNumbers(counters), lesson);
        for (&slot, counter) in decision.slots.iter().zip(counters.0) {
            self.counters[slot][node % NODES] = counter;
        }
    }
}

/// The slots of the contexts.
#[inline(always)]
fn slots(contexts: &[u32; CONTEXTS], channel: usize) -> [usize; CONTEXTS] {
    std::array::from_fn(|index| {
        let number = u64::from(contexts[index]) << 2 | channel as u64;
        let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOT_BITS);
        index << SLOT_BITS | hash as usize
    })
}

/// The first sample that is not below a quantile of the weighted distribution.
#[inline(always)]
fn split(prediction: &Prediction, node: usize) -> i32 {
    let distance = QUANTILES[node] * i64::from(prediction.error) * 7 / 40_960;
    let split = (i64::from(prediction.mean() + MEAN_UNIT) + distance) >> MEAN_UNIT.ilog2();
    split as i32
}
