//! The colour list of an image with few colours, the latest colour first (`docs/format.md`, *Adaptive method*, *Colour
//! list*).
//!
//! In: a pixel that equals no candidate. Out: its position in the list, if it has one.

use crate::coders::numbers::{EVEN_LOWER_BITS, Lengths, LowerBits, NUMBER_BITS, code_number};
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::counter::Counter;

/// Colours in the list, at most.
pub(crate) const MAX_COLORS: usize = 256;
/// Contexts of a position.
const CONTEXTS: usize = 7;

/// The colours coded so far, the latest first.
pub(crate) struct ColorList<const N: usize> {
    colors: Vec<[u8; N]>,
    /// Whether the pixel is in the list, by how many of the last two were.
    hit: [Counter; 3],
    recent_hits: [bool; 2],
    lengths: [Lengths; CONTEXTS],
    lower_bits: LowerBits,
}

impl<const N: usize> ColorList<N> {
    pub(crate) fn new() -> ColorList<N> {
        ColorList {
            colors: Vec::new(),
            hit: [Counter::EVEN; 3],
            recent_hits: [false; 2],
            lengths: [[Counter::EVEN; NUMBER_BITS]; CONTEXTS],
            lower_bits: EVEN_LOWER_BITS,
        }
    }

    /// Codes whether `pixel` is in the list and, if so, its position from the front. `context` is below 7.
    pub(crate) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        context: usize,
        pixel: [u8; N],
    ) -> Result<Option<[u8; N]>, C::Error> {
        let position = self.colors.iter().position(|color| *color == pixel);
        let hits = self.recent_hits.iter().filter(|&&hit| hit).count();
        let hit = coder.code(position.is_some(), &mut self.hit[hits])?;
        self.recent_hits = [hit, self.recent_hits[0]];
        if !hit {
            return Ok(None);
        }
        let (lengths, lower_bits) = (&mut self.lengths[context], &mut self.lower_bits);
        let position = code_number(coder, lengths, lower_bits, position.unwrap_or(0) as u8)?;
        let position = usize::from(position);
        coder.require(position < self.colors.len())?;
        Ok(Some(self.colors[position]))
    }

    /// Moves a colour to the front. A new one takes the place of the last if the list is full.
    pub(crate) fn move_to_front(&mut self, color: [u8; N]) {
        if self.colors.first() == Some(&color) {
            return;
        }
        let from = self.colors.iter().position(|other| *other == color);
        let from = from.unwrap_or_else(|| {
            self.colors.truncate(MAX_COLORS - 1);
            self.colors.push(color);
            self.colors.len() - 1
        });
        self.colors[..=from].rotate_right(1);
    }
}
