//! The mixer: the inputs of a decision in, its probability out (`docs/format.md`, *Thorough refinement*, *A thorough
//! decision*).
//!
//! Sixteen weight sets, each selected by something else, mix the inputs. Two more, whose results are averaged, mix what
//! they make.

use crate::coders::mixing::arithmetic::plain::multiply;
use crate::coders::refinement::dimensions::{BANDS, CHANNELS, CONTEXTS, PREDICTORS};
use crate::coders::refinement::distribution::Quartiles;
use crate::coders::refinement::linear::input::CLASSES;
use crate::coders::refinement::seen_colors::SplitCounts;
use crate::coders::thorough::dimensions::{DEPTH, ESTIMATES, HISTOGRAMS, LISTS};
use crate::entropy::logistic::{MAX_LOG_ODDS, learn, mix, squash};

/// The inputs of each kind follow one another.
pub(crate) const FIRST_PREDICTOR: usize = 2;
pub(crate) const FIRST_HISTOGRAM: usize = FIRST_PREDICTOR + PREDICTORS;
pub(crate) const FIRST_CORRECTION: usize = FIRST_HISTOGRAM + ESTIMATES * HISTOGRAMS;
pub(crate) const FIRST_LIST: usize = FIRST_CORRECTION + 2 * CONTEXTS;
pub(crate) const CONSTANT: usize = FIRST_LIST + LISTS;
/// All inputs, and zeros up to a multiple of 16, at least one.
pub(crate) const INPUTS: usize = (CONSTANT + 2).next_multiple_of(16);

/// Mixtures of the inputs.
pub(crate) const MIXTURES: usize = 16;
/// Classes of most things that select a weight set.
pub(crate) const USUAL: usize = 64;
/// The number of weight sets for each mixture, of one channel and depth.
const SETS: [usize; MIXTURES] = {
    let mut sets = [USUAL; MIXTURES];
    sets[Selector::Spread as usize] = Quartiles::SPREADS;
    sets[Selector::Band as usize] = BANDS;
    sets[Selector::Errors as usize] = CLASSES;
    sets[Selector::Counts as usize] = SplitCounts::CLASSES;
    sets[Selector::Median as usize] = 128;
    sets[Selector::Nothing as usize] = 1;
    sets[Selector::ListCount as usize] = 72;
    sets
};

/// What selects a weight set.
#[derive(Clone, Copy)]
pub(crate) enum Selector {
    Spread,
    Band,
    Errors,
    Counts,
    Node,
    Ranks,
    Texture,
    OtherRanks,
    Disagreement,
    Median,
    Nothing,
    Cost,
    Mean,
    PredictorErrors,
    LinearInput,
    ListCount,
}

/// The class of each selector.
#[derive(Clone, Copy)]
pub(crate) struct Selection(pub(crate) [u8; MIXTURES]);

/// The binary logarithm of a weight of one, and the weights before anything is learned.
const WEIGHT_BITS: u32 = 14;
const NETWORK: i16 = 10000;
const LINEAR: i16 = 600;
const COUNTED: i16 = 150;
/// The rate of the weights, of 2^27: at last, and how much higher it begins.
const RATE: u32 = 32;
const EXTRA_RATE: u32 = 640_000;
/// Batches after which half the extra rate is left.
const HALF_TIME: u32 = 3000;
/// The final weights before anything is learned, of 2^16, and their rate, as a power of two.
const FINAL_WEIGHT: i32 = (1 << 16) / MIXTURES as i32;
const FINAL_RATE: u32 = 20;

/// A number for each input.
pub(crate) type Inputs = [i16; INPUTS];

/// The last number is that of no input. In a weight set it tells whether the set was used before: sets that a small
/// image does not use cost nothing.
const IS_USED: usize = INPUTS - 1;
const _: () = assert!(CONSTANT < IS_USED);

/// The weights of a set before anything is learned.
static FIRST_WEIGHTS: Inputs = {
    let mut weights = [0; INPUTS];
    weights[0] = NETWORK;
    let mut input = FIRST_PREDICTOR;
    while input < CONSTANT {
        let counted = FIRST_HISTOGRAM <= input && input < FIRST_CORRECTION || FIRST_LIST <= input;
        weights[input] = if counted { COUNTED } else { LINEAR };
        input += 1;
    }
    weights[IS_USED] = 1;
    weights
};

/// The probability of a decision, of 2^16, and what it was mixed from.
pub(crate) struct Mixed {
    sets: [usize; MIXTURES],
    mixtures: [i32; MIXTURES],
    finals: [usize; 2],
    pub(crate) probability: i32,
}

/// All weights.
pub(crate) struct Mixer {
    weights: [Vec<Inputs>; MIXTURES],
    final_weights: [Vec<[i32; MIXTURES]>; 2],
    batches: u32,
    rate: i32,
}

impl Mixer {
    pub(crate) const BYTES: usize = {
        let (mut sets, mut index) = (0, 0);
        while index < MIXTURES {
            sets += SETS[index];
            index += 1;
        }
        let finals = (Quartiles::SPREADS + CLASSES) * size_of::<[i32; MIXTURES]>();
        CHANNELS * DEPTH * (sets * size_of::<Inputs>() + finals)
    };

    pub(crate) fn new() -> Mixer {
        let finals = |classes| vec![[FINAL_WEIGHT; MIXTURES]; classes * CHANNELS * DEPTH];
        Mixer {
            weights: SETS.map(|classes| vec![[0; INPUTS]; classes * CHANNELS * DEPTH]),
            final_weights: [finals(Quartiles::SPREADS), finals(CLASSES)],
            batches: 0,
            rate: 0,
        }
    }

    /// Begins a batch, which sets the rate.
    pub(crate) fn start(&mut self) {
        self.rate = (RATE + EXTRA_RATE / (HALF_TIME + self.batches)) as i32;
        self.batches = (self.batches + 1).min(EXTRA_RATE);
    }

    /// Mixes the inputs of the decision that follows `depth` others of its sample.
    #[inline(always)]
    pub(crate) fn mix(
        &mut self,
        inputs: &Inputs,
        selection: &Selection,
        (channel, depth): (usize, usize),
    ) -> Mixed {
        let set =
            |classes: usize, class: u8| (channel * classes + usize::from(class)) * DEPTH + depth;
        let classes = &selection.0;
        let sets: [usize; MIXTURES] = std::array::from_fn(|index| set(SETS[index], classes[index]));
        let mut mixtures = [0; MIXTURES];
        for (index, mixture) in mixtures.iter_mut().enumerate() {
            let weights = &mut self.weights[index][sets[index]];
            if weights[IS_USED] == 0 {
                *weights = FIRST_WEIGHTS;
            }
            let sum = product(weights, inputs);
            *mixture = (sum >> WEIGHT_BITS).clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS);
        }
        let finals = [
            set(Quartiles::SPREADS, classes[Selector::Spread as usize]),
            set(CLASSES, classes[Selector::Errors as usize]),
        ];
        let [first, second] = &self.final_weights;
        let sum = mix(&first[finals[0]], &mixtures) + mix(&second[finals[1]], &mixtures);
        Mixed {
            sets,
            mixtures,
            finals,
            probability: squash(sum >> 1),
        }
    }

    /// Learns the answer, 0 or 2^16, to a decision.
    #[inline(always)]
    pub(crate) fn learn(&mut self, inputs: &Inputs, mixed: &Mixed, answer: i32) {
        let error = answer - mixed.probability;
        for (weights, &set) in self.final_weights.iter_mut().zip(&mixed.finals) {
            learn(&mut weights[set], &mixed.mixtures, error, FINAL_RATE);
        }
        for (index, &mixture) in mixed.mixtures.iter().enumerate() {
            let error = ((answer - squash(mixture)) * self.rate) >> 12;
            step(
                &mut self.weights[index][mixed.sets[index]],
                inputs,
                error as i16,
            );
        }
    }
}

/// The product of two vectors, modulo 2^32.
#[inline(always)]
fn product(weights: &Inputs, inputs: &Inputs) -> i32 {
    let mut sum = 0_i32;
    for (&weight, &input) in weights.iter().zip(inputs) {
        sum = sum.wrapping_add(i32::from(weight) * i32::from(input));
    }
    sum
}

/// Moves weights along the inputs.
#[inline(always)]
fn step(weights: &mut Inputs, inputs: &Inputs, error: i16) {
    for (weight, &input) in weights.iter_mut().zip(inputs) {
        *weight = weight.saturating_add(multiply(input, error));
    }
}
