//! How the general method codes a component (`docs/format.md`, *General method*, *Lists*): what stands for a pixel, and
//! whether its numbers are indices.

/// Indices, at most.
pub(crate) const MAX_INDICES: u16 = 256;

/// What stands for a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet<const N: usize> {
    /// Its samples.
    Samples,
    /// The indices of its samples in a rising list.
    Values(Vec<u16>),
    /// Its index in a list of colours.
    Colors(Vec<[u16; N]>),
}

/// How a component is coded. A decoder begins with [`PixelCoding::UNKNOWN`] and reads the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PixelCoding<const N: usize> {
    pub(crate) alphabet: Alphabet<N>,
    /// Whether numbers are coded as indices, not as residuals.
    pub(crate) indexed: bool,
}

impl<const N: usize> PixelCoding<N> {
    /// The coding of a decoder that has read nothing yet.
    pub(crate) const UNKNOWN: PixelCoding<N> = PixelCoding {
        alphabet: Alphabet::Samples,
        indexed: false,
    };
}

/// What the tiles of a component say about its stream.
#[derive(Clone, Copy)]
pub(crate) struct StreamLimits {
    /// The largest sample.
    pub(crate) largest: u16,
    /// Binary logarithm of the number of slots in a table.
    pub(crate) table_bits: u32,
}

/// The numbers that a coding makes of pixels, and the tables for them.
#[derive(Clone, Copy)]
pub(crate) struct NumberFormat {
    /// The largest number.
    pub(crate) largest: u16,
    /// Whether numbers are indices, not quantities.
    pub(crate) indexed: bool,
    /// Binary logarithm of the number of slots in a table.
    pub(crate) table_bits: u32,
}
