//! The mixer: the inputs of a decision in, its probability out (`docs/format.md`, *Refinement*, *A decision*).
//!
//! Four weight sets, each selected by something else, mix the inputs. A fifth mixes the four results.

use crate::coders::mixing::arithmetic;
use crate::coders::mixing::arithmetic::plain::{Inputs, MIXTURES};
use crate::coders::refinement::dimensions::{BANDS, CHANNELS, CONTEXTS, DEPTH, PREDICTORS, band};
use crate::coders::refinement::distribution::Quartiles;
use crate::coders::refinement::linear::input::CLASSES;
use crate::coders::refinement::seen_colors::SplitCounts;
use crate::entropy::logistic::{MAX_LOG_ODDS, learn, mix, squash};
use crate::simd::InstructionSet;

/// The first input of the linear predictors, and those of the contexts.
pub(crate) const FIRST_PREDICTOR: usize = 2;
pub(crate) const FIRST_CORRECTION: usize = FIRST_PREDICTOR + PREDICTORS;
/// The number of weight sets for each mixture, of one channel and depth.
const SETS: [usize; MIXTURES] = [Quartiles::SPREADS, BANDS, CLASSES, SplitCounts::CLASSES];

/// The binary logarithm of a weight of one, and the weights before anything is learned.
const WEIGHT_BITS: u32 = 14;
const NETWORK: i16 = 12288;
const LINEAR: i16 = 1024;
const CORRECTION: i16 = 1024;
/// The rate of the weights of inputs, of 2^23: at last, and how much higher it begins.
const RATE: u32 = 8;
const EXTRA_RATE: u32 = 72000;
/// Batches after which half the extra rate is left.
const HALF_TIME: u32 = 3000;
/// The final weights before anything is learned, of 2^16, and their rate, as a power of two.
const FINAL_WEIGHT: i32 = 1 << 14;
const FINAL_RATE: u32 = 20;

/// The weight sets of a decision: by spread, band, class of errors and class of counts, each of the channel.
#[derive(Clone, Copy)]
pub(crate) struct Selection {
    sets: [usize; MIXTURES],
    channel: usize,
}

impl Selection {
    pub(crate) const NONE: Selection = Selection {
        sets: [0; MIXTURES],
        channel: 0,
    };

    /// The weight sets for a sample in row `y`.
    #[inline(always)]
    pub(crate) fn new(channel: usize, spread: usize, y: usize, error_class: usize) -> Selection {
        let chosen = [spread, band(y), error_class, 0];
        Selection {
            sets: std::array::from_fn(|k| channel * SETS[k] + chosen[k]),
            channel,
        }
    }

    /// Selects by the class of counts, which changes with each decision.
    #[inline(always)]
    pub(crate) fn set_count_class(&mut self, class: usize) {
        self.sets[MIXTURES - 1] = self.channel * SETS[MIXTURES - 1] + class;
    }
}

/// The probability of a decision, of 2^16, and what it was mixed from.
#[derive(Clone, Copy)]
pub(crate) struct Mixed {
    mixtures: [i32; MIXTURES],
    pub(crate) probability: i32,
}

impl Mixed {
    pub(crate) const NONE: Mixed = Mixed {
        mixtures: [0; MIXTURES],
        probability: 0,
    };
}

/// All weights.
pub(crate) struct Mixer {
    weights: [Vec<Inputs>; MIXTURES],
    final_weights: Vec<[i32; MIXTURES]>,
    batches: u32,
    rate: i32,
}

impl Mixer {
    pub(crate) const BYTES: usize = CHANNELS
        * DEPTH
        * ((SETS[0] + SETS[1] + SETS[2] + SETS[3]) * size_of::<Inputs>()
            + size_of::<[i32; MIXTURES]>());

    pub(crate) fn new() -> Mixer {
        let mut weights = Inputs::NONE;
        weights.0[0] = NETWORK;
        weights.0[FIRST_PREDICTOR..FIRST_CORRECTION].fill(LINEAR);
        weights.0[FIRST_CORRECTION..][..CONTEXTS].fill(CORRECTION);
        Mixer {
            weights: SETS.map(|count| vec![weights; count * CHANNELS * DEPTH]),
            final_weights: vec![[FINAL_WEIGHT; MIXTURES]; CHANNELS * DEPTH],
            batches: 0,
            rate: 0,
        }
    }

    /// Begins a batch, which sets the rate.
    #[inline(always)]
    pub(crate) fn start(&mut self) {
        self.rate = (RATE + EXTRA_RATE / (HALF_TIME + self.batches)) as i32;
        self.batches = (self.batches + 1).min(EXTRA_RATE);
    }

    /// Mixes the inputs of the decision that follows `depth` others of its sample.
    #[inline(always)]
    pub(crate) fn mix(
        &self,
        inputs: &Inputs,
        selection: Selection,
        depth: usize,
        instructions: InstructionSet,
    ) -> Mixed {
        let weights = std::array::from_fn(|k| &self.weights[k][selection.sets[k] * DEPTH + depth]);
        let products = arithmetic::products(instructions, weights, inputs);
        let mixtures = products.map(|sum| (sum >> WEIGHT_BITS).clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS));
        let final_weights = &self.final_weights[selection.channel * DEPTH + depth];
        Mixed {
            mixtures,
            probability: squash(mix(final_weights, &mixtures)),
        }
    }

    /// Learns the answer, 0 or 2^16, to a decision.
    #[inline(always)]
    pub(crate) fn learn(
        &mut self,
        inputs: &Inputs,
        mixed: &Mixed,
        (selection, depth): (Selection, usize),
        answer: i32,
        instructions: InstructionSet,
    ) {
        let weights = &mut self.final_weights[selection.channel * DEPTH + depth];
        let error = answer - mixed.probability;
        learn(weights, &mixed.mixtures, error, FINAL_RATE);
        for (k, &mixture) in mixed.mixtures.iter().enumerate() {
            let weights = &mut self.weights[k][selection.sets[k] * DEPTH + depth];
            let error = (((answer - squash(mixture)) * self.rate) >> 8) as i16;
            arithmetic::step(instructions, weights, inputs, error);
        }
    }
}
