//! Whether a pixel equals a candidate: neighbours, the match and the guess (`docs/format.md`, *General method*, *Whole
//! pixels*).
//!
//! In: the neighbours of a pixel and what the match model predicts. Out: the pixel, if a candidate is right.

use std::ops::Range;

use crate::coders::general::pixels::escape::PixelContext;
use crate::coders::mixing::context_mixer::ContextMixer;
use crate::coders::mixing::hash::{hash, hash_pixels};
use crate::entropy::bit_coder::BitCoder;

/// Contexts of a decision.
const CONTEXTS: usize = 7;
const CANDIDATES: usize = 6;
/// Kinds of candidates: match by length (4), west, north, guess by confidence (4), north-east, north-west.
const KINDS: u32 = 12;
/// Classes of [`run`](crate::coders::general::pixels::match_model::MatchPrediction::run).
const RUNS: u32 = 4;
/// The kind of a match as long as those of spans.
const LONG_MATCH: u8 = 3;
/// What is kept of a pixel that was no candidate.
const MISSED: u8 = 15;

/// The decisions about whole pixels.
pub(crate) struct WholePixels {
    mixer: ContextMixer<CONTEXTS>,
    /// `history[x + 1]`: the last pixel of column x was the candidate of this kind + 1, or [`MISSED`].
    history: Vec<u8>,
}

impl WholePixels {
    /// Bytes for a column.
    pub(crate) const COLUMN_BYTES: u64 = size_of::<u8>() as u64;

    /// With tables of `2^bits` slots.
    pub(crate) fn new(bits: u32) -> WholePixels {
        WholePixels {
            mixer: ContextMixer::new(bits, (KINDS * RUNS) as usize),
            history: Vec::new(),
        }
    }

    pub(crate) fn start_tile(&mut self, width: usize) {
        self.history.clear();
        self.history.resize(width + 2, 0);
    }

    /// The pixels of some columns were what a long match predicted.
    pub(crate) fn skip(&mut self, columns: Range<usize>) {
        self.history[columns.start + 1..columns.end + 1].fill(LONG_MATCH + 1);
    }

    /// The pixel, if it is one of the candidates.
    pub(crate) fn code<C: BitCoder, const N: usize>(
        &mut self,
        coder: &mut C,
        context: &PixelContext<N>,
        pixel: [u16; N],
    ) -> Result<Option<[u16; N]>, C::Error> {
        let candidates = candidates(context);
        let shared = SharedContexts::new(context, self.history_around(context.x));
        let run = context.predicted.run().min(RUNS - 1);
        for (index, candidate) in candidates.iter().enumerate() {
            let Some((kind, candidate)) = *candidate else {
                continue;
            };
            let mut earlier = candidates[..index].iter().flatten();
            if earlier.any(|&(_, earlier)| earlier == candidate) {
                continue;
            }
            let (contexts, node) = (shared.contexts(context, candidate), hash(9, kind));
            let weight_set = (kind * RUNS + run) as usize;
            let is_hit = pixel == candidate;
            if self
                .mixer
                .code(coder, is_hit, &contexts, node, weight_set)?
            {
                self.history[context.x + 1] = kind as u8 + 1;
                return Ok(Some(candidate));
            }
        }
        self.history[context.x + 1] = MISSED;
        Ok(None)
    }

    /// The history of the pixels to the west, north and north-east of column `x`.
    fn history_around(&self, x: usize) -> u32 {
        let [west, north, north_east] = [x, x + 1, x + 2].map(|x| u32::from(self.history[x]));
        west | north << 4 | north_east << 8
    }
}

/// The contexts that all candidates of a pixel share.
struct SharedContexts {
    equalities: u32,
    near: u32,
    far: u32,
    history: u32,
}

impl SharedContexts {
    #[inline]
    fn new<const N: usize>(context: &PixelContext<N>, history: u32) -> SharedContexts {
        let around = &context.around;
        let (w, n) = (around.west, around.north);
        let (nw, ne) = (around.north_west, around.north_east);
        let (ww, nn) = (around.west_west, around.north_north);
        let equalities = around.equalities();
        SharedContexts {
            equalities,
            near: hash_pixels(2, &[w, n, nw, ne]),
            far: hash_pixels(3, &[w, n, nw, ne, ww, nn, around.north_north_east]),
            history: history | equalities << 16,
        }
    }

    #[inline]
    fn contexts<const N: usize>(
        &self,
        context: &PixelContext<N>,
        candidate: [u16; N],
    ) -> [u32; CONTEXTS] {
        let (around, predicted) = (&context.around, &context.predicted);
        let is_match = u32::from(predicted.matched == Some(candidate));
        [
            self.equalities,
            self.near,
            self.far,
            self.history,
            predicted.run() << 1 | is_match | predicted.confidence << 8,
            hash_pixels(6, &[candidate, around.west]),
            hash_pixels(7, &[around.west, around.north, candidate]),
        ]
    }
}

/// The candidates and their kinds, in the order in which they are tried.
fn candidates<const N: usize>(context: &PixelContext<N>) -> [Option<(u32, [u16; N])>; CANDIDATES] {
    let (around, predicted) = (&context.around, &context.predicted);
    let kind_of_match = match predicted.length {
        0 => 0,
        1..=2 => 1,
        3..=6 => 2,
        _ => LONG_MATCH.into(),
    };
    [
        predicted.matched.map(|pixel| (kind_of_match, pixel)),
        Some((4, around.west)),
        Some((5, around.north)),
        Some((6 + predicted.confidence, predicted.guess)),
        Some((10, around.north_east)),
        Some((11, around.north_west)),
    ]
}
