//! The mixer: many opinions about a decision in, one out (`docs/format.md`, *Refinement*, *A decision*).
//!
//! Four sets of weights, chosen by different things, mix the opinions; a fifth mixes the four results.

use super::density::Quartiles;
use super::linear_opinion::CLASSES;
use super::seen_colors::Counted;
use super::{BANDS, CHANNELS, CONTEXTS, NODES, PREDICTORS};
use crate::entropy::logistic::{MOST_ODDS, learn, mix, squash};

/// Opinions about a decision: the network's, that of the seen colours, two of each context, one of each linear predictor.
pub(super) const OPINIONS: usize = 2 + 2 * CONTEXTS + PREDICTORS;
/// Mixtures of the opinions.
const MIXTURES: usize = 4;
/// Sets of weights, by what chooses them.
const SETS: [usize; MIXTURES] = [Quartiles::SPREADS, BANDS, CLASSES, Counted::CLASSES];

/// A weight of one.
const ONE: i32 = 1 << 16;
/// The weights, of 2^16, before anything is learned.
const NETWORK: i32 = 49152;
const CORRECTION: i32 = 3072;
const TRUSTED: i32 = 2048;
const LINEAR: i32 = 4096;
/// Weights stay below four, so that a mixture fits 32 bits.
const MOST_WEIGHT: i32 = 4 * ONE - 1;
/// Rates, powers of two: of the weights of opinions and of mixtures.
const RATE: u32 = 17;
const TOP_RATE: u32 = 20;

/// Which weights are used: spread, band, class of errors and class of counts, each with the channel.
#[derive(Clone, Copy)]
pub(super) struct Choice([usize; MIXTURES], usize);

impl Choice {
    #[inline(always)]
    pub(super) fn new(channel: usize, spread: usize, band: usize, class: usize) -> Choice {
        let chosen = [spread, band, class, 0];
        Choice(
            std::array::from_fn(|k| channel * SETS[k] + chosen[k]),
            channel,
        )
    }

    /// The class of counts, which changes with each decision.
    #[inline(always)]
    pub(super) fn count(&mut self, class: usize) {
        self.0[MIXTURES - 1] = self.1 * SETS[MIXTURES - 1] + class;
    }
}

/// All weights, and the decision at hand.
pub(super) struct Mixer {
    weights: [Vec<[i32; OPINIONS]>; MIXTURES],
    top: Vec<[i32; MIXTURES]>,
    opinions: [i32; OPINIONS],
    mixtures: [i32; MIXTURES],
    probability: i32,
}

impl Mixer {
    pub(super) const BYTES: usize = CHANNELS
        * NODES
        * ((SETS[0] + SETS[1] + SETS[2] + SETS[3]) * size_of::<[i32; OPINIONS]>()
            + size_of::<[i32; MIXTURES]>());

    pub(super) fn new() -> Mixer {
        let mut prior = [LINEAR; OPINIONS];
        prior[0] = NETWORK;
        prior[1] = 0;
        let (pairs, _) = prior[2..OPINIONS - PREDICTORS].as_chunks_mut::<2>();
        pairs.fill([CORRECTION, TRUSTED]);
        Mixer {
            weights: SETS.map(|count| vec![prior; count * CHANNELS * NODES]),
            top: vec![[ONE / MIXTURES as i32; MIXTURES]; CHANNELS * NODES],
            opinions: [0; OPINIONS],
            mixtures: [0; MIXTURES],
            probability: 0,
        }
    }

    /// The opinions, to be written.
    #[inline(always)]
    pub(super) fn opinions(&mut self) -> &mut [i32; OPINIONS] {
        &mut self.opinions
    }

    /// Mixes the opinions: log-odds, and their probability.
    #[inline(always)]
    pub(super) fn mix(&mut self, choice: Choice, node: usize) -> (i32, i32) {
        for (k, mixture) in self.mixtures.iter_mut().enumerate() {
            let weights = &self.weights[k][choice.0[k] * NODES + node];
            let mut sum = 0;
            for (&weight, &opinion) in weights.iter().zip(&self.opinions) {
                sum += (weight >> 6) * opinion;
            }
            *mixture = (sum >> 10).clamp(-MOST_ODDS, MOST_ODDS);
        }
        let mixed = mix(&self.top[choice.1 * NODES + node], &self.mixtures);
        self.probability = squash(mixed);
        (mixed, self.probability)
    }

    /// `answer`: 0 or 2^16.
    #[inline(always)]
    pub(super) fn learn(&mut self, choice: Choice, node: usize, answer: i32) {
        let top = &mut self.top[choice.1 * NODES + node];
        learn(top, &self.mixtures, answer - self.probability, TOP_RATE);
        for (k, &mixture) in self.mixtures.iter().enumerate() {
            let weights = &mut self.weights[k][choice.0[k] * NODES + node];
            let error = answer - squash(mixture);
            for (weight, &opinion) in weights.iter_mut().zip(&self.opinions) {
                let step = (opinion * error + (1 << (RATE - 1))) >> RATE;
                *weight = (*weight + step).clamp(-MOST_WEIGHT, MOST_WEIGHT);
            }
        }
    }
}
