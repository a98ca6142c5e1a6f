//! How packed tensors are laid out: integers of several channels in each word.
//!
//! A *packed* tensor has words of four bytes (0..=255) or of two int16, the first channel lowest: a row of words for
//! each four or two channels. Channels are filled up to a multiple of [`GROUP`] with zeros, lanes to a multiple of
//! [`LANE_BLOCK`].

/// Channels of a packed tensor come in groups of this size.
pub(crate) const GROUP: usize = 4;
/// Lanes of a packed tensor come in blocks of this size.
pub(crate) const LANE_BLOCK: usize = 16;

/// The integers of a packed tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Width {
    /// 0..=255
    Byte,
    /// −32768..=32767
    Short,
}

impl Width {
    /// Channels in a word.
    pub(crate) const fn per_word(self) -> usize {
        match self {
            Width::Byte => 4,
            Width::Short => 2,
        }
    }

    /// Rows of words.
    pub(crate) const fn rows(self, channels: usize) -> usize {
        channels.next_multiple_of(GROUP) / self.per_word()
    }

    /// Channel `j` of a word.
    #[inline(always)]
    pub(crate) fn get(self, word: u32, j: usize) -> i32 {
        match self {
            Width::Byte => (word >> (8 * j) & 255) as i32,
            Width::Short => i32::from((word >> (16 * j)) as u16 as i16),
        }
    }

    /// An integer as channel `j` of a word.
    #[inline(always)]
    pub(crate) fn put(self, value: i32, j: usize) -> u32 {
        match self {
            Width::Byte => (value as u32 & 255) << (8 * j),
            Width::Short => (value as u32 & 0xffff) << (16 * j),
        }
    }
}

/// Lanes of a packed tensor whose first `lanes` are used.
pub(crate) fn packed_lanes(lanes: usize) -> usize {
    lanes.next_multiple_of(LANE_BLOCK)
}
