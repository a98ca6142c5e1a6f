//! The generator of the refined, the thorough and the deep method (`docs/format.md`, *Refinement*, *Counters*).
//!
//! In: nothing. Out: numbers that look random and are always the same.

/// A linear congruential generator.
pub(crate) struct DitherGenerator {
    state: u32,
}

impl DitherGenerator {
    pub(crate) fn new() -> DitherGenerator {
        DitherGenerator { state: 1 }
    }

    /// Goes to the next numbers.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        self.state = self
            .state
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
    }

    /// What a counter adds before it rounds down, 0 to 15.
    #[inline(always)]
    pub(crate) fn dither(&self) -> i16 {
        (self.state >> 16 & 15) as i16
    }

    /// Decides whether a counter counts an answer, 0 to 224.
    #[inline(always)]
    pub(crate) fn chance(&self) -> i16 {
        (((self.state >> 20 & 255) * 225) >> 8) as i16
    }
}
