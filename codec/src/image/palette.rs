//! Palettes and transparent colours.
//!
//! In: entries from a caller or from a file. Out: colours for indices (`docs/format.md`, *Palette*).

use crate::error::Error;

/// Most entries of a palette.
pub(crate) const MOST_ENTRIES: usize = 256;

/// The colours that the samples of a [`ColorType::Palette`](crate::ColorType::Palette) image stand for.
///
/// Order, unused entries and the number of alpha values are kept.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Palette {
    colors: Vec<[u8; 3]>,
    alpha: Vec<u8>,
}

impl Palette {
    /// Takes 1 to 256 colours (red, green, blue) and the alpha of the first entries; the others are opaque.
    ///
    /// # Errors
    /// [`Error::PaletteSize`] for another number of colours or more alpha values than colours.
    pub fn new(colors: Vec<[u8; 3]>, alpha: Vec<u8>) -> Result<Palette, Error> {
        let entries = colors.len();
        if entries == 0 || entries > MOST_ENTRIES || alpha.len() > entries {
            return Err(Error::PaletteSize {
                entries,
                alpha: alpha.len(),
            });
        }
        Ok(Palette { colors, alpha })
    }

    /// Red, green and blue of each entry.
    pub fn colors(&self) -> &[[u8; 3]] {
        &self.colors
    }

    /// Alpha of the first entries; there may be fewer than colours, the rest is opaque.
    pub fn alpha(&self) -> &[u8] {
        &self.alpha
    }

    /// The colour of a sample: red, green, blue, alpha. A sample beyond the last entry is opaque black.
    pub fn rgba(&self, sample: u8) -> [u8; 4] {
        let index = usize::from(sample);
        let [red, green, blue] = self.colors.get(index).copied().unwrap_or_default();
        let alpha = self.alpha.get(index).copied().unwrap_or(u8::MAX);
        [red, green, blue, alpha]
    }
}

impl std::fmt::Debug for Palette {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (colors, alpha) = (self.colors.len(), self.alpha.len());
        write!(f, "Palette({colors} colors, {alpha} alpha)")
    }
}

/// One colour of a gray or RGB image that is transparent: PNG's `tRNS`, with its two bytes per sample as they stand in
/// the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColorKey {
    /// The colour of a gray image.
    Gray(u16),
    /// The colour of an RGB image: red, green, blue.
    Rgb([u16; 3]),
}

impl ColorKey {
    /// The samples, one or three.
    pub fn samples(&self) -> &[u16] {
        match self {
            ColorKey::Gray(gray) => std::slice::from_ref(gray),
            ColorKey::Rgb(samples) => samples,
        }
    }

    /// Encodes the colour as PNG does: two bytes per sample, most significant first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let samples = self.samples().iter();
        samples.flat_map(|sample| sample.to_be_bytes()).collect()
    }

    /// Decodes what [`to_bytes`](ColorKey::to_bytes) returns; `None` unless there are 2 or 6 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<ColorKey> {
        match *bytes {
            [a, b] => Some(ColorKey::Gray(u16::from_be_bytes([a, b]))),
            [a, b, c, d, e, f] => Some(ColorKey::Rgb([
                u16::from_be_bytes([a, b]),
                u16::from_be_bytes([c, d]),
                u16::from_be_bytes([e, f]),
            ])),
            _ => None,
        }
    }
}
