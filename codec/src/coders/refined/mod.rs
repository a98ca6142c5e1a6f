//! The refinement: what a network expects of a sample in, the sample out, and better expected the next time.
//!
//! The first decisions about a sample split the network's own distribution into halves. Each decision is mixed anew from the
//! network's odds, from what was learned in sixteen contexts, from the colours seen before and from linear predictors that learn as they go
//! (`docs/format.md`, *Refinement*). One piece of code encodes and decodes: a [`ValueCoder`] answers each decision.

mod cells;
mod contexts;
mod corrections;
mod density;
mod fetch;
mod final_odds;
mod gradient;
mod linear_inputs;
mod least_squares;
mod linear_opinion;
mod mixer;
mod predictors;
#[cfg(target_arch = "x86_64")]
mod products_avx2;
mod seen_colors;

pub(crate) use self::cells::Cells;
pub(crate) use self::density::Density;

use self::cells::Around;
use self::contexts::{CONTEXTS, linear_slots, plain_slots};
use self::corrections::Corrections;
use self::final_odds::FinalOdds;
use self::linear_opinion::LinearOpinion;
use self::mixer::{Choice, Mixer, OPINIONS};
use self::predictors::{Predictors, band};
use self::seen_colors::{Seen, SeenColors};
use crate::entropy::bit_coder::ValueCoder;
use crate::entropy::frequencies::{AllSums, Kernel};
use crate::entropy::logistic::{ONE, stretch};

/// Channels of the largest model.
pub(crate) const CHANNELS: usize = 3;
/// Decisions that are refined.
const DEPTH: usize = 5;
/// Nodes of the tree of decisions; node 0 is not used.
const NODES: usize = 1 << DEPTH;
/// Linear predictors, the blend of the others among them.
const PREDICTORS: usize = 6;
/// Bands of rows that have predictors and weights of their own.
const BANDS: usize = 64;
/// Probabilities, of 2^16, stay this far from 0 and 1.
const MARGIN: i32 = 32;

/// Everything that is learned in a group, and the cells of its tiles.
pub(crate) struct Refinement {
    kernel: Kernel,
    channels: usize,
    cells: Vec<Cells>,
    corrections: Corrections,
    mixer: Mixer,
    final_odds: FinalOdds,
    predictors: [Predictors; CHANNELS],
    seen_colors: SeenColors,
}

/// Up to 32 lanes of a step, one channel of them.
pub(crate) struct Lanes<'a> {
    pub(crate) t: usize,
    pub(crate) channel: usize,
    /// For each lane, its tile and its row.
    pub(crate) places: &'a [(u32, u32)],
    /// The running sums of lane `i` are at `first + i`.
    pub(crate) sums: &'a AllSums,
    pub(crate) first: usize,
    /// Base and prediction of the sample (`docs/model.md`).
    pub(crate) bases: &'a [i16],
    pub(crate) predictions: &'a [u8],
}

/// Where a sample is: tile, step, row and channel.
#[derive(Clone, Copy)]
struct Position {
    tile: usize,
    t: usize,
    y: usize,
    channel: usize,
    base: i16,
}

/// What is known about a sample before its first decision.
struct Expected {
    median: usize,
    slots: [usize; CONTEXTS],
    linear: [LinearOpinion; PREDICTORS],
    choice: Choice,
    seen: Seen,
    final_set: usize,
}

impl Refinement {
    /// Bytes that one takes.
    pub(crate) const BYTES: u64 = (size_of::<Refinement>()
        + Corrections::BYTES
        + FinalOdds::BYTES
        + Mixer::BYTES
        + CHANNELS * Predictors::BYTES
        + SeenColors::BYTES) as u64;

    /// Nothing learned yet, for tiles whose cells are empty. The machine has the instructions of `kernel`.
    pub(crate) fn new(channels: usize, cells: Vec<Cells>, kernel: Kernel) -> Refinement {
        Refinement {
            kernel,
            channels,
            cells,
            corrections: Corrections::new(),
            mixer: Mixer::new(),
            final_odds: FinalOdds::new(),
            predictors: std::array::from_fn(Predictors::new),
            seen_colors: SeenColors::new(channels),
        }
    }

    /// Makes room for step `t`, which follows step `t − 1`.
    pub(crate) fn start(&mut self, t: usize) {
        self.cells.iter_mut().for_each(|cells| cells.start(t));
    }

    /// Codes the samples of some lanes, one after the other. An encoder finds them in `values`; a decoder leaves them there.
    #[allow(unsafe_code)]
    pub(crate) fn code_lanes<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        lanes: &Lanes<'_>,
        values: &mut [u8],
    ) -> Result<(), C::Error> {
        #[cfg(target_arch = "x86_64")]
        if self.kernel == Kernel::Avx2 {
            debug_assert!(is_x86_feature_detected!("avx2"));
            // SAFETY: `Kernel::Avx2` is only kept where `Kernel::detect` found AVX2, the one feature needed.
            return unsafe { self.code_lanes_avx2(coder, lanes, values) };
        }
        self.code_lanes_inlined(coder, lanes, values)
    }

    /// The same integers, eight at a time.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn code_lanes_avx2<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        lanes: &Lanes<'_>,
        values: &mut [u8],
    ) -> Result<(), C::Error> {
        self.code_lanes_inlined(coder, lanes, values)
    }

    #[inline(always)]
    fn code_lanes_inlined<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        lanes: &Lanes<'_>,
        values: &mut [u8],
    ) -> Result<(), C::Error> {
        for (lane, value) in values.iter_mut().enumerate() {
            let (tile, y) = lanes.places[lane];
            let density = Density::new(lanes.sums, lanes.first + lane, lanes.predictions[lane]);
            let position = Position {
                tile: tile as usize,
                t: lanes.t,
                y: y as usize,
                channel: lanes.channel,
                base: lanes.bases[lane],
            };
            *value = self.code(coder, position, &density, *value)?;
        }
        Ok(())
    }

    /// Codes one sample and learns from it.
    #[inline(always)]
    fn code<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        at: Position,
        density: &Density<'_>,
        value: u8,
    ) -> Result<u8, C::Error> {
        let mut expected = self.expect(at, density);
        let (mut low, mut high, mut node) = (0, 256, 1);
        while node < NODES && high - low > 1 {
            let split = density.split(low, high);
            let bit = self.decide(
                coder,
                &mut expected,
                density,
                (low, split, high),
                node,
                usize::from(value) >= split,
            )?;
            if bit {
                low = split;
            } else {
                high = split;
            }
            node = node << 1 | usize::from(bit);
        }
        let value = match high - low {
            1 => low,
            _ => coder.pick(density, low, high, value.into())?,
        };
        self.note(at, &expected, density, value);
        Ok(value as u8)
    }

    #[inline(always)]
    fn expect(&mut self, at: Position, density: &Density<'_>) -> Expected {
        let around = &Around::new(&self.cells[at.tile], at.t, at.y);
        let channel = at.channel;
        let quartiles = density.quartiles();
        let row = self.seen_colors.row(around, channel);
        let plain = plain_slots(around, channel, self.channels, &quartiles);
        self.corrections.fetch(&plain);
        let (predictors, channels) = (&mut self.predictors[channel], (channel, self.channels));
        let linear = predictors.predict(around, channels, at.y, (at.base, quartiles.median));
        let class = linear[PREDICTORS - 1].class;
        let others = linear_slots(&linear, channel, &quartiles);
        self.corrections.fetch(&others);
        let mut slots = [0; CONTEXTS];
        slots[..plain.len()].copy_from_slice(&plain);
        slots[plain.len()..].copy_from_slice(&others);
        Expected {
            slots,
            choice: Choice::new(channel, quartiles.spread(), band(at.y), class),
            linear,
            seen: self.seen_colors.begin(row),
            final_set: channel * FinalOdds::PLACES + FinalOdds::place(around, channel),
            median: quartiles.median,
        }
    }

    #[inline(always)]
    fn decide<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        expected: &mut Expected,
        density: &Density<'_>,
        (low, split, high): (usize, usize, usize),
        node: usize,
        bit: bool,
    ) -> Result<bool, C::Error> {
        let upper = density.upper_part(low, split, high);
        let network = stretch(upper.clamp(MARGIN, ONE - MARGIN));
        let counted = self.seen_colors.count(expected.seen, low, split);
        let colors = counted.probability(upper);
        expected.choice.count(counted.class());
        let opinions = self.mixer.opinions();
        opinions[0] = network;
        opinions[1] = stretch(colors.clamp(MARGIN, ONE - MARGIN));
        self.corrections
            .opinions(&expected.slots, node, &mut opinions[2..2 + 2 * CONTEXTS]);
        let linear = opinions[OPINIONS - PREDICTORS..].iter_mut();
        for (odds, opinion) in linear.zip(&mut expected.linear) {
            *odds = opinion.odds(split);
        }
        let (mixed, probability) = self.mixer.mix(expected.choice, node);
        let last = self
            .final_odds
            .refine(expected.final_set, node, mixed, probability);
        let chance = last.clamp(MARGIN, ONE - MARGIN);
        let bit = coder.decide(bit, ((ONE - chance) as u32) << 8)?;
        let answer = if bit { ONE } else { 0 };
        self.mixer.learn(expected.choice, node, answer);
        self.final_odds.learn(answer);
        self.corrections
            .learn(&expected.slots, node, network, answer);
        let linear = expected.linear.iter_mut();
        linear.for_each(|opinion| opinion.narrow(bit));
        expected.seen.narrow(counted, bit);
        Ok(bit)
    }

    #[inline(always)]
    fn note(&mut self, at: Position, expected: &Expected, density: &Density<'_>, value: usize) {
        let channel = at.channel;
        let sample = value as i16;
        let errors = self.predictors[channel].learn(&expected.linear, at.base, sample, self.kernel);
        self.seen_colors.learn(expected.seen, value);
        let cell = self.cells[at.tile].cell_mut(at.t, at.y);
        cell.inside = true;
        cell.samples[channel] = sample;
        cell.residuals[channel] = sample - expected.median as i16;
        cell.places[channel] = density.place(value);
        cell.errors[channel] = errors;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::frequencies::{BLOCK, EXP2};
    use crate::entropy::range_coder::{IntervalDecoder, IntervalEncoder};
    use crate::model::predictor::SYMBOLS;

    const HEIGHT: usize = 12;
    const WIDTH: usize = 40;

    /// Sums of logits that fall off around symbol 0, more or less steeply.
    fn sums(seed: usize) -> Box<AllSums> {
        let mut sums = Box::new([[0; BLOCK]; SYMBOLS]);
        for lane in 0..BLOCK {
            let mut sum = 0;
            let steepness = 1 + (seed * 31 + lane * 7) % 40;
            for (symbol, row) in sums.iter_mut().enumerate() {
                let distance = symbol.min(SYMBOLS - symbol);
                sum += EXP2[255_usize.saturating_sub(distance * steepness)];
                row[lane] = sum;
            }
        }
        sums
    }

    /// Codes the same made-up samples with a kernel; a decoder finds them.
    fn code<C: ValueCoder>(coder: &mut C, kernel: Kernel, values: &mut [Vec<u8>]) {
        let cells = vec![Cells::new(2, WIDTH, HEIGHT)];
        let mut refinement = Refinement::new(CHANNELS, cells, kernel);
        for (t, step) in values.chunks_mut(CHANNELS).enumerate() {
            refinement.start(t);
            for (channel, values) in step.iter_mut().enumerate() {
                let places: Vec<(u32, u32)> = (0..values.len() as u32).map(|y| (0, y)).collect();
                let bases = vec![100 + t as i16; values.len()];
                let predictions = vec![(97 + t) as u8; values.len()];
                let lanes = Lanes {
                    t,
                    channel,
                    places: &places,
                    sums: &sums(t + channel),
                    first: 0,
                    bases: &bases,
                    predictions: &predictions,
                };
                let coded = refinement.code_lanes(coder, &lanes, values);
                assert!(coded.is_ok(), "a sound stream");
            }
        }
    }

    fn samples() -> Vec<Vec<u8>> {
        let value = |t: usize, c: usize, y: usize| (100 + t + (t * 7 + c * 5 + y * 13) % 11) as u8;
        let lanes = |t: usize| (t / 2 + 1).min(HEIGHT);
        (0..60)
            .flat_map(|t| (0..CHANNELS).map(move |c| (t, c)))
            .map(|(t, c)| (0..lanes(t)).map(|y| value(t, c, y)).collect())
            .collect()
    }

    fn encoded(kernel: Kernel) -> Vec<u8> {
        let mut coder = IntervalEncoder::new();
        code(&mut coder, kernel, &mut samples());
        coder.finish()
    }

    #[test]
    fn kernels_make_the_same_bytes_and_read_each_others() {
        let bytes = encoded(Kernel::Scalar);
        assert_eq!(bytes, encoded(Kernel::detect()));
        for kernel in [Kernel::Scalar, Kernel::detect()] {
            let blank = |values: &Vec<u8>| vec![0; values.len()];
            let mut found: Vec<Vec<u8>> = samples().iter().map(blank).collect();
            code(&mut IntervalDecoder::new(&bytes), kernel, &mut found);
            assert_eq!(found, samples());
        }
    }
}
