//! The mixer: the inputs of a decision in, its log-odds out (`docs/format.md`, *Refinement*, *A decision*).
//!
//! Four weight sets, each selected by something else, mix the inputs. A fifth mixes the four results.

use crate::coders::refined::dimensions::{BANDS, CHANNELS, CONTEXTS, NODES, PREDICTORS, band};
use crate::coders::refined::distribution::Quartiles;
use crate::coders::refined::linear::input::CLASSES;
use crate::coders::refined::seen_colors::SplitCounts;
use crate::entropy::logistic::{MAX_LOG_ODDS, learn, mix, squash};

/// Inputs of a decision: the network's, that of the seen colours, two of each context, one of each linear predictor.
pub(crate) const INPUTS: usize = 2 + 2 * CONTEXTS + PREDICTORS;
/// The first input of the contexts, and that of the linear predictors.
pub(crate) const FIRST_CONTEXT: usize = 2;
pub(crate) const FIRST_PREDICTOR: usize = INPUTS - PREDICTORS;
/// Mixtures of the inputs.
const MIXTURES: usize = 4;
/// The number of weight sets for each mixture, of one channel and node.
const SETS: [usize; MIXTURES] = [Quartiles::SPREADS, BANDS, CLASSES, SplitCounts::CLASSES];

/// A weight of one.
const ONE: i32 = 1 << 16;
/// The weights, of 2^16, before anything is learned.
const NETWORK: i32 = 49152;
const CORRECTION: i32 = 3072;
const TRUSTED: i32 = 2048;
const LINEAR: i32 = 4096;
/// Weights stay below four, so that a mixture fits 32 bits.
const MAX_WEIGHT: i32 = 4 * ONE - 1;
/// Rates, as powers of two: of the weights of inputs, and of those of mixtures.
const RATE: u32 = 17;
const FINAL_RATE: u32 = 20;

/// The weight sets of a decision: by spread, band, class of errors and class of counts, each of the channel.
#[derive(Clone, Copy)]
pub(crate) struct Selection {
    sets: [usize; MIXTURES],
    channel: usize,
}

impl Selection {
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

/// All weights, and the inputs and results of the decision at hand.
pub(crate) struct Mixer {
    weights: [Vec<[i32; INPUTS]>; MIXTURES],
    final_weights: Vec<[i32; MIXTURES]>,
    inputs: [i32; INPUTS],
    mixtures: [i32; MIXTURES],
    probability: i32,
}

impl Mixer {
    pub(crate) const BYTES: usize = CHANNELS
        * NODES
        * ((SETS[0] + SETS[1] + SETS[2] + SETS[3]) * size_of::<[i32; INPUTS]>()
            + size_of::<[i32; MIXTURES]>());

    pub(crate) fn new() -> Mixer {
        let mut weights = [LINEAR; INPUTS];
        weights[0] = NETWORK;
        weights[1] = 0;
        let (pairs, _) = weights[FIRST_CONTEXT..FIRST_PREDICTOR].as_chunks_mut::<2>();
        pairs.fill([CORRECTION, TRUSTED]);
        Mixer {
            weights: SETS.map(|count| vec![weights; count * CHANNELS * NODES]),
            final_weights: vec![[ONE / MIXTURES as i32; MIXTURES]; CHANNELS * NODES],
            inputs: [0; INPUTS],
            mixtures: [0; MIXTURES],
            probability: 0,
        }
    }

    /// The inputs of the next decision, to be written.
    #[inline(always)]
    pub(crate) fn inputs(&mut self) -> &mut [i32; INPUTS] {
        &mut self.inputs
    }

    /// Mixes the inputs: log-odds, and their probability.
    #[inline(always)]
    pub(crate) fn mix(&mut self, selection: Selection, node: usize) -> (i32, i32) {
        for (k, mixture) in self.mixtures.iter_mut().enumerate() {
            let weights = &self.weights[k][selection.sets[k] * NODES + node];
            let mut sum = 0;
            for (&weight, &input) in weights.iter().zip(&self.inputs) {
                sum += (weight >> 6) * input;
            }
            *mixture = (sum >> 10).clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS);
        }
        let weights = &self.final_weights[selection.channel * NODES + node];
        let mixed = mix(weights, &self.mixtures);
        self.probability = squash(mixed);
        (mixed, self.probability)
    }

    /// Learns the answer, 0 or 2^16, to the decision mixed last.
    #[inline(always)]
    pub(crate) fn learn(&mut self, selection: Selection, node: usize, answer: i32) {
        let weights = &mut self.final_weights[selection.channel * NODES + node];
        let error = answer - self.probability;
        learn(weights, &self.mixtures, error, FINAL_RATE);
        for (k, &mixture) in self.mixtures.iter().enumerate() {
            let weights = &mut self.weights[k][selection.sets[k] * NODES + node];
            let error = answer - squash(mixture);
            for (weight, &input) in weights.iter_mut().zip(&self.inputs) {
                let step = (input * error + (1 << (RATE - 1))) >> RATE;
                *weight = (*weight + step).clamp(-MAX_WEIGHT, MAX_WEIGHT);
            }
        }
    }
}
