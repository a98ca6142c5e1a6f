//! Whether the next pixels of a row all are what a long match predicts (`docs/format.md`, *General method*, *Spans*).
//!
//! In: a match and the pixels so far. Out: the pixels, if one decision was enough for all of them.

use crate::coders::mixing::context_mixer::ContextMixer;
use crate::coders::mixing::hash::{hash, hash_pixels};
use crate::coders::pixel_tile::PixelTile;
use crate::entropy::bit_coder::BitCoder;

/// Pixels of a span.
pub(crate) const SPAN: usize = 32;
/// Contexts of a decision.
const CONTEXTS: usize = 4;
/// Kinds of spans, which have weight sets of their own: all pixels are the same, all equal the pixels above.
const KINDS: usize = 4;
/// Earlier answers that are a context, as a mask.
const HISTORY: u32 = 255;

/// The decisions about spans.
pub(crate) struct Spans {
    mixer: ContextMixer<CONTEXTS>,
    /// The last answers, the latest in the lowest bit.
    history: u32,
    /// The pixel after a span that was not right: no span begins before it.
    next: usize,
}

impl Spans {
    /// Bytes of the tables, where those of pixels have `2^bits` slots.
    pub(crate) fn bytes(bits: u32) -> u64 {
        ((CONTEXTS * size_of::<u32>()) as u64) << span_bits(bits)
    }

    /// With a slot for each [`SPAN`] of `2^bits`.
    pub(crate) fn new(bits: u32) -> Spans {
        Spans {
            mixer: ContextMixer::new(span_bits(bits), KINDS),
            history: 0,
            next: 0,
        }
    }

    pub(crate) fn start_tile(&mut self) {
        self.next = 0;
    }

    /// Codes whether the pixels from `at` on are those from `matched` on, and if so, puts them there. Without a
    /// decision the answer is no.
    pub(crate) fn code<C: BitCoder, const N: usize>(
        &mut self,
        coder: &mut C,
        tile: &mut PixelTile<N>,
        at: usize,
        matched: usize,
    ) -> Result<bool, C::Error> {
        let (pixels, x) = (&mut tile.pixels, at % tile.width);
        if at < self.next || x + SPAN > tile.width {
            return Ok(false);
        }
        let span = span(pixels, at, matched);
        let above = at.checked_sub(tile.width);
        let is_flat = span.iter().all(|&pixel| pixel == span[0]);
        let is_above = above.is_some_and(|above| pixels[above..][..SPAN] == span);
        let kind = u32::from(is_flat) << 1 | u32::from(is_above);
        let contexts = [
            self.history,
            hash_pixels(1, &[span[0], span[SPAN - 1]]),
            hash(2, (at - matched) as u32),
            hash(3, x as u32),
        ];
        let is_right = pixels[at..][..SPAN] == span;
        let is_right = self
            .mixer
            .code(coder, is_right, &contexts, hash(4, kind), kind as usize)?;
        match is_right {
            true => pixels[at..][..SPAN].copy_from_slice(&span),
            false => self.next = at + SPAN,
        }
        self.history = (self.history << 1 | u32::from(is_right)) & HISTORY;
        Ok(is_right)
    }
}

fn span_bits(bits: u32) -> u32 {
    bits - SPAN.ilog2()
}

/// The pixels from `matched` on; those that are not coded yet are the first ones again.
fn span<const N: usize>(pixels: &[[u16; N]], at: usize, matched: usize) -> [[u16; N]; SPAN] {
    let mut span = [[0; N]; SPAN];
    for index in 0..SPAN {
        span[index] = match matched + index {
            coded if coded < at => pixels[coded],
            repeated => span[repeated - at],
        };
    }
    span
}
