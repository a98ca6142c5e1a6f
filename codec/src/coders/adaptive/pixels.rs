//! The pixels of a component (`docs/format.md`, *Adaptive method*, *A pixel*).
//!
//! In: the pixels of a tile and a [`BitCoder`]. Out: decisions coded with adaptive probabilities.

use crate::coders::adaptive::color_list::ColorList;
use crate::coders::adaptive::guesses::{Guess, Guesses, MAX_CONFIDENCE};
use crate::coders::adaptive::residuals::Residuals;
use crate::coders::tile_neighbors::TileNeighbors;
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::counter::Counter;

/// Candidates for a whole pixel: west, north, guess, north-east, north-west.
const CANDIDATES: usize = 5;
/// The candidate that is the guess.
const GUESS: usize = 2;
/// Kinds of candidates: the four neighbours, then the guess by its confidence.
const KINDS: usize = CANDIDATES + MAX_CONFIDENCE as usize;
/// Values of [`TileNeighbors::equalities`].
const EQUALITIES: usize = 1 << 6;

/// The coder and all that it has learned, which lasts as long as a group.
pub(crate) struct AdaptiveCoder<const N: usize> {
    hits: [[Counter; EQUALITIES]; KINDS],
    guesses: Guesses<N>,
    residuals: Residuals<N>,
    color_list: Option<ColorList<N>>,
}

impl<const N: usize> AdaptiveCoder<N> {
    /// Begins a component. The first decision is whether there is a colour list.
    pub(crate) fn start<C: BitCoder>(
        coder: &mut C,
        has_color_list: bool,
    ) -> Result<AdaptiveCoder<N>, C::Error> {
        let has_color_list = coder.code(has_color_list, &mut { Counter::EVEN })?;
        Ok(AdaptiveCoder {
            hits: [[Counter::EVEN; EQUALITIES]; KINDS],
            guesses: Guesses::new(),
            residuals: Residuals::new(),
            color_list: has_color_list.then(ColorList::new),
        })
    }

    /// Codes the pixels of a tile in raster order, and calls `row_done` after each row. An encoder finds the pixels in
    /// `pixels`; a decoder leaves them there.
    pub(crate) fn code_tile<C: BitCoder, E: From<C::Error>>(
        &mut self,
        coder: &mut C,
        width: usize,
        pixels: &mut [[u8; N]],
        mut row_done: impl FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        for row in 0..pixels.len() / width {
            for at in row * width..(row + 1) * width {
                let around = TileNeighbors::new(pixels, width, at);
                pixels[at] = self.code_pixel(coder, &around, pixels[at])?;
            }
            row_done()?;
        }
        Ok(())
    }

    fn code_pixel<C: BitCoder>(
        &mut self,
        coder: &mut C,
        around: &TileNeighbors<[u8; N]>,
        pixel: [u8; N],
    ) -> Result<[u8; N], C::Error> {
        let index = Guesses::index(around);
        let guess = self.guesses.get(index);
        let coded = match self.code_candidates(coder, around, guess, pixel)? {
            Some(hit) => hit,
            None => self.code_escape(coder, around, pixel)?,
        };
        if let Some(color_list) = &mut self.color_list {
            color_list.move_to_front(coded);
        }
        self.guesses.learn(index, coded);
        Ok(coded)
    }

    /// For each distinct candidate, whether the pixel equals it, until one does.
    fn code_candidates<C: BitCoder>(
        &mut self,
        coder: &mut C,
        around: &TileNeighbors<[u8; N]>,
        guess: Guess<N>,
        pixel: [u8; N],
    ) -> Result<Option<[u8; N]>, C::Error> {
        let equalities = around.equalities() as usize;
        let candidates = [
            around.west,
            around.north,
            guess.pixel,
            around.north_east,
            around.north_west,
        ];
        for (index, candidate) in candidates.iter().enumerate() {
            if candidates[..index].contains(candidate) {
                continue;
            }
            let kind = match index {
                GUESS => CANDIDATES - 1 + usize::from(guess.confidence),
                before if before < GUESS => before,
                after => after - 1,
            };
            let counter = &mut self.hits[kind][equalities];
            if coder.code(pixel == *candidate, counter)? {
                return Ok(Some(*candidate));
            }
        }
        Ok(None)
    }

    /// A pixel that equals no candidate: from the colour list, or sample by sample.
    fn code_escape<C: BitCoder>(
        &mut self,
        coder: &mut C,
        around: &TileNeighbors<[u8; N]>,
        pixel: [u8; N],
    ) -> Result<[u8; N], C::Error> {
        if let Some(color_list) = &mut self.color_list {
            let context = around.equalities().count_ones() as usize;
            if let Some(color) = color_list.code(coder, context, pixel)? {
                return Ok(color);
            }
        }
        self.residuals.code(coder, around, pixel)
    }
}
