//! The coding method *refined*: the network's distribution of a sample in, the sample coded, and a better distribution next time.
//!
//! Up to five decisions split the network's distribution into halves. The odds of each are mixed from the network's, from
//! counters in sixteen contexts, from the colours seen before and from linear predictors, all of which learn as they go
//! (`docs/format.md`, *Refinement*). One piece of code encodes and decodes: a [`ValueCoder`] answers each decision.

mod dimensions;
pub(crate) mod cells;
pub(crate) mod distribution;
mod prefetch;
mod counters;
mod seen_colors;
mod linear;
mod contexts;
mod mixer;
mod apm;
mod decisions;

use self::cells::{Cells, Neighborhood};
use self::decisions::{Decisions, SampleContexts, Split};
use self::dimensions::NODES;
use self::distribution::SampleDistribution;
use crate::entropy::bit_coder::ValueCoder;
use crate::entropy::frequencies::sums::AllSums;
use crate::model::predictor::SYMBOLS;
use crate::simd::InstructionSet;

/// Everything that is learned in a group, and the cells of its tiles.
pub(crate) struct Refinement {
    instructions: InstructionSet,
    cells: Vec<Cells>,
    decisions: Decisions,
}

/// Up to 32 lanes of a step, one channel of them.
pub(crate) struct Lanes<'a> {
    pub(crate) t: usize,
    pub(crate) channel: usize,
    /// The tile and the row of each lane.
    pub(crate) positions: &'a [(u32, u32)],
    /// The running sums of lane `i` are at `first + i`.
    pub(crate) sums: &'a AllSums,
    pub(crate) first: usize,
    /// Base and prediction of the sample (`docs/model.md`).
    pub(crate) bases: &'a [i16],
    pub(crate) predictions: &'a [u8],
}

/// The position of a sample, and its base.
#[derive(Clone, Copy)]
struct Position {
    tile: usize,
    t: usize,
    y: usize,
    channel: usize,
    base: i16,
}

impl Refinement {
    /// Bytes of memory, without the cells.
    pub(crate) const BYTES: u64 = (size_of::<Refinement>() + Decisions::BYTES) as u64;

    /// Nothing learned yet, for tiles whose cells are empty. The instructions do not change the result.
    pub(crate) fn new(
        channels: usize,
        cells: Vec<Cells>,
        instructions: InstructionSet,
    ) -> Refinement {
        Refinement {
            instructions,
            cells,
            decisions: Decisions::new(channels),
        }
    }

    /// Makes room for step `t`, which must follow step `t − 1`.
    pub(crate) fn start(&mut self, t: usize) {
        self.cells.iter_mut().for_each(|cells| cells.start(t));
    }

    /// Codes the samples of some lanes, one after the other. An encoder finds them in `values`; a decoder leaves them there.
    pub(crate) fn code_lanes<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        lanes: &Lanes<'_>,
        values: &mut [u8],
    ) -> Result<(), C::Error> {
        self.instructions.run(
            #[inline(always)]
            || {
                for (lane, value) in values.iter_mut().enumerate() {
                    *value = self.code_lane(coder, lanes, lane, *value)?;
                }
                Ok(())
            },
        )
    }

    #[inline(always)]
    fn code_lane<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        lanes: &Lanes<'_>,
        lane: usize,
        value: u8,
    ) -> Result<u8, C::Error> {
        let (tile, y) = lanes.positions[lane];
        let (sums, prediction) = (lanes.sums, lanes.predictions[lane]);
        let distribution = SampleDistribution::new(sums, lanes.first + lane, prediction);
        let position = Position {
            tile: tile as usize,
            t: lanes.t,
            y: y as usize,
            channel: lanes.channel,
            base: lanes.bases[lane],
        };
        self.code_sample(coder, position, &distribution, value)
    }

    /// Codes one sample and learns from it.
    #[inline(always)]
    fn code_sample<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        at: Position,
        distribution: &SampleDistribution<'_>,
        value: u8,
    ) -> Result<u8, C::Error> {
        let around = &Neighborhood::new(&self.cells[at.tile], at.t, at.y);
        let decisions = &mut self.decisions;
        let mut contexts = decisions.contexts(around, distribution, at.channel, at.y, at.base);
        let (mut low, mut high, mut node) = (0, SYMBOLS, 1);
        while node < NODES && high - low > 1 {
            let middle = distribution.split(low, high);
            let split = Split { low, middle, high };
            let is_upper = usize::from(value) >= middle;
            let is_upper =
                decisions.decide(coder, &mut contexts, distribution, split, node, is_upper)?;
            if is_upper {
                low = middle;
            } else {
                high = middle;
            }
            node = node << 1 | usize::from(is_upper);
        }
        let value = match high - low {
            1 => low,
            _ => coder.pick(distribution, low, high, value.into())?,
        };
        self.learn(at, &contexts, distribution, value);
        Ok(value as u8)
    }

    #[inline(always)]
    fn learn(
        &mut self,
        at: Position,
        contexts: &SampleContexts,
        distribution: &SampleDistribution<'_>,
        value: usize,
    ) {
        let channel = at.channel;
        let errors = self
            .decisions
            .learn(contexts, channel, at.base, value, self.instructions);
        let cell = self.cells[at.tile].cell_mut(at.t, at.y);
        cell.inside = true;
        cell.samples[channel] = value as i16;
        cell.residuals[channel] = value as i16 - contexts.median as i16;
        cell.ranks[channel] = distribution.rank(value);
        cell.errors[channel] = errors;
    }
}

#[cfg(test)]
mod tests {
    use super::dimensions::CHANNELS;
    use super::*;
    use crate::entropy::frequencies::sums::BLOCK;
    use crate::entropy::frequencies::table::EXP2;
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

    /// Codes the same made-up samples with some instructions; a decoder finds them.
    fn code<C: ValueCoder>(coder: &mut C, instructions: InstructionSet, values: &mut [Vec<u8>]) {
        let cells = vec![Cells::new(2, WIDTH, HEIGHT)];
        let mut refinement = Refinement::new(CHANNELS, cells, instructions);
        for (t, step) in values.chunks_mut(CHANNELS).enumerate() {
            refinement.start(t);
            for (channel, values) in step.iter_mut().enumerate() {
                let rows = 0..values.len() as u32;
                let positions: Vec<(u32, u32)> = rows.map(|y| (0, y)).collect();
                let bases = vec![100 + t as i16; values.len()];
                let predictions = vec![(97 + t) as u8; values.len()];
                let lanes = Lanes {
                    t,
                    channel,
                    positions: &positions,
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

    fn encoded(instructions: InstructionSet) -> Vec<u8> {
        let mut coder = IntervalEncoder::new();
        code(&mut coder, instructions, &mut samples());
        coder.finish()
    }

    #[test]
    fn instruction_sets_make_the_same_bytes_and_read_each_others() {
        let bytes = encoded(InstructionSet::Portable);
        assert_eq!(bytes, encoded(InstructionSet::detect()));
        for instructions in [InstructionSet::Portable, InstructionSet::detect()] {
            let blank = |values: &Vec<u8>| vec![0; values.len()];
            let mut found: Vec<Vec<u8>> = samples().iter().map(blank).collect();
            code(&mut IntervalDecoder::new(&bytes), instructions, &mut found);
            assert_eq!(found, samples());
        }
    }
}
