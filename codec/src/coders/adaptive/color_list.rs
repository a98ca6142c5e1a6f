//! The list of colours of a picture that has few (`docs/format.md`, *Adaptive coder*, *Colour list*).

use super::numbers::{EVEN_LOWER_BITS, Lengths, LowerBits, NUMBER_BITS, code_number};
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::counter::Counter;

/// Colours in the list.
pub(crate) const MOST_COLORS: usize = 256;

/// The colours so far, the latest first, for pictures of few colours.
pub(crate) struct ColorList<const N: usize> {
    colors: Vec<[u8; N]>,
    /// "Is it in the list?", by how many of the last two escapes were.
    hit: [Counter; 3],
    recent_hits: [bool; 2],
    lengths: [Lengths; 7],
    ranks: LowerBits,
}

impl<const N: usize> ColorList<N> {
    pub(crate) fn new() -> ColorList<N> {
        ColorList {
            colors: Vec::new(),
            hit: [Counter::EVEN; 3],
            recent_hits: [false; 2],
            lengths: [[Counter::EVEN; NUMBER_BITS]; 7],
            ranks: EVEN_LOWER_BITS,
        }
    }

    /// Codes whether `pixel` is listed and, if so, where; a context is a number below 7.
    pub(crate) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        context: usize,
        pixel: [u8; N],
    ) -> Result<Option<[u8; N]>, C::Error> {
        let rank = self.colors.iter().position(|color| *color == pixel);
        let hits = self.recent_hits.iter().filter(|&&hit| hit).count();
        let hit = coder.code(rank.is_some(), &mut self.hit[hits])?;
        self.recent_hits = [hit, self.recent_hits[0]];
        if !hit {
            return Ok(None);
        }
        let rank = code_number(
            coder,
            &mut self.lengths[context],
            &mut self.ranks,
            rank.unwrap_or(0) as u8,
        )?;
        let rank = usize::from(rank);
        coder.require(rank < self.colors.len())?;
        Ok(Some(self.colors[rank]))
    }

    /// Puts a colour at the front.
    pub(crate) fn note(&mut self, color: [u8; N]) {
        if self.colors.first() == Some(&color) {
            return;
        }
        let from = self.colors.iter().position(|other| *other == color);
        let from = from.unwrap_or_else(|| {
            self.colors.truncate(MOST_COLORS - 1);
            self.colors.push(color);
            self.colors.len() - 1
        });
        self.colors[..=from].rotate_right(1);
    }
}
