//! What refines the network's distributions (`docs/format.md`, *Refinement* and *Thorough refinement*).
//!
//! In: the coding method and the tiles of a group. Out: one interface to both kinds.

use crate::coders::method::CodingMethod;
use crate::coders::refined::Refined;
use crate::coders::refinement::batches::{Lanes, for_each_batch};
use crate::coders::refinement::cells::TileCells;
use crate::coders::thorough::Thorough;
use crate::entropy::bit_coder::ValueCoder;
use crate::model::fitted::Model;
use crate::simd::InstructionSet;
use crate::tiles::tile::Tile;

/// What is learned from the samples of a group.
pub(crate) enum Refining {
    Refined(Box<Refined>),
    Thorough(Box<Thorough>),
}

impl Refining {
    /// That of a method which has learned nothing, for a group of these tiles; `None` when the network's frequencies
    /// are used as they are.
    pub(crate) fn new(
        method: CodingMethod,
        model: &Model<'_>,
        tiles: &[Tile],
        instructions: InstructionSet,
    ) -> Option<Refining> {
        let spec = model.spec();
        let channels = spec.channels();
        let cells = || -> Vec<TileCells> {
            let cells = |tile: &Tile| TileCells::new(channels, spec.shear, tile.width, tile.height);
            tiles.iter().map(cells).collect()
        };
        match method {
            CodingMethod::Refined => {
                let refinement = Refined::new(channels, cells(), instructions);
                Some(Refining::Refined(Box::new(refinement)))
            }
            CodingMethod::Thorough => {
                let refinement = Thorough::new(channels, cells(), instructions);
                Some(Refining::Thorough(Box::new(refinement)))
            }
            _ => None,
        }
    }

    /// Makes room for step `t`, which must follow step `t − 1`.
    pub(crate) fn start(&mut self, t: usize) {
        match self {
            Refining::Refined(refinement) => refinement.start(t),
            Refining::Thorough(refinement) => refinement.start(t),
        }
    }

    /// Codes the samples of some batches, one batch after the other. An encoder finds them in `values`; a decoder
    /// leaves them there.
    pub(crate) fn code_lanes<C: ValueCoder>(
        &mut self,
        coder: &mut C,
        lanes: &Lanes<'_>,
        values: &mut [u8],
    ) -> Result<(), C::Error> {
        match self {
            Refining::Refined(refinement) => for_each_batch(
                refinement.instructions,
                lanes.positions,
                values,
                #[inline(always)]
                |first, values| refinement.code_batch(coder, lanes, first, values),
            ),
            Refining::Thorough(refinement) => for_each_batch(
                refinement.instructions,
                lanes.positions,
                values,
                #[inline(always)]
                |first, values| refinement.code_batch(coder, lanes, first, values),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coders::refinement::dimensions::CHANNELS;
    use crate::entropy::frequencies::sums::{AllSums, SUMMED_LANES};
    use crate::entropy::frequencies::table::EXP2;
    use crate::entropy::range_coder::{IntervalDecoder, IntervalEncoder};
    use crate::model::predictor::SYMBOLS;

    const HEIGHT: usize = 12;
    const WIDTH: usize = 40;

    /// Sums of logits that fall off around symbol 0, more or less steeply.
    fn sums(seed: usize) -> Box<AllSums> {
        let mut sums = Box::new([[0; SUMMED_LANES]; SYMBOLS]);
        for lane in 0..SUMMED_LANES {
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

    /// Refinements that use these instructions.
    fn refinements(instructions: InstructionSet) -> [Refining; 2] {
        let cells = || vec![TileCells::new(CHANNELS, 2, WIDTH, HEIGHT)];
        let refinement = Refined::new(CHANNELS, cells(), instructions);
        let thorough = Thorough::new(CHANNELS, cells(), instructions);
        [
            Refining::Refined(Box::new(refinement)),
            Refining::Thorough(Box::new(thorough)),
        ]
    }

    /// Codes the same made-up samples; a decoder finds them.
    fn code<C: ValueCoder>(coder: &mut C, mut refinement: Refining, values: &mut [Vec<u8>]) {
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

    fn encoded(refinement: Refining) -> Vec<u8> {
        let mut coder = IntervalEncoder::new();
        code(&mut coder, refinement, &mut samples());
        coder.finish()
    }

    #[test]
    fn instruction_sets_make_the_same_bytes_and_read_each_others() {
        let plain = refinements(InstructionSet::Portable).map(encoded);
        assert_ne!(plain[0], plain[1]);
        for instructions in InstructionSet::all_detected() {
            assert_eq!(refinements(instructions).map(encoded), plain);
            for (refinement, bytes) in refinements(instructions).into_iter().zip(&plain) {
                let blank = |values: &Vec<u8>| vec![0; values.len()];
                let mut found: Vec<Vec<u8>> = samples().iter().map(blank).collect();
                code(&mut IntervalDecoder::new(bytes), refinement, &mut found);
                assert_eq!(found, samples());
            }
        }
    }
}
