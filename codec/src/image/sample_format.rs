//! What the samples of a pixel mean and how many bits they have (`docs/format.md`, *Header*, sample_format).

use std::fmt;

/// What the samples of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColorType {
    /// One sample: gray.
    Gray,
    /// Two samples: gray, alpha.
    GrayAlpha,
    /// Three samples: red, green, blue.
    Rgb,
    /// Four samples: red, green, blue, alpha.
    Rgba,
    /// One sample: an index into a [`Palette`](crate::Palette).
    Palette,
}

impl ColorType {
    /// Samples per pixel, alpha included: 1 to 4.
    pub fn channels(self) -> usize {
        self.color_planes() + usize::from(self.has_alpha())
    }

    /// Samples per pixel without alpha: 1 or 3. A model must code as many channels.
    pub fn color_planes(self) -> usize {
        match self {
            ColorType::Gray | ColorType::GrayAlpha | ColorType::Palette => 1,
            ColorType::Rgb | ColorType::Rgba => 3,
        }
    }

    /// Whether the last sample of a pixel is alpha. A palette may be transparent and has no alpha sample.
    pub fn has_alpha(self) -> bool {
        matches!(self, ColorType::GrayAlpha | ColorType::Rgba)
    }

    /// The code in the header, the same as PNG's.
    pub fn code(self) -> u8 {
        match self {
            ColorType::Gray => 0,
            ColorType::Rgb => 2,
            ColorType::Palette => 3,
            ColorType::GrayAlpha => 4,
            ColorType::Rgba => 6,
        }
    }

    /// The colour type of a header code, or `None` for a code that this version does not decode.
    pub fn from_code(code: u8) -> Option<ColorType> {
        match code {
            0 => Some(ColorType::Gray),
            2 => Some(ColorType::Rgb),
            3 => Some(ColorType::Palette),
            4 => Some(ColorType::GrayAlpha),
            6 => Some(ColorType::Rgba),
            _ => None,
        }
    }

    /// The name that `pxc info` prints.
    pub fn name(self) -> &'static str {
        match self {
            ColorType::Gray => "gray",
            ColorType::GrayAlpha => "gray+alpha",
            ColorType::Rgb => "rgb",
            ColorType::Rgba => "rgba",
            ColorType::Palette => "palette",
        }
    }
}

/// Bits per sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BitDepth {
    /// 1 bit: 0 and 1.
    One,
    /// 2 bits: 0 to 3.
    Two,
    /// 4 bits: 0 to 15.
    Four,
    /// 8 bits: 0 to 255.
    Eight,
    /// 16 bits: 0 to 65535.
    Sixteen,
}

impl BitDepth {
    /// The number of bits.
    pub fn bits(self) -> u8 {
        1 << self.code()
    }

    /// The depth with this number of bits, or `None` if there is no such depth.
    pub fn from_bits(bits: u8) -> Option<BitDepth> {
        match bits {
            1 => Some(BitDepth::One),
            2 => Some(BitDepth::Two),
            4 => Some(BitDepth::Four),
            8 => Some(BitDepth::Eight),
            16 => Some(BitDepth::Sixteen),
            _ => None,
        }
    }

    /// Bytes that a sample takes in [`Image::samples`](crate::Image::samples): 2 for 16 bits, else 1.
    pub fn sample_bytes(self) -> usize {
        if self == BitDepth::Sixteen { 2 } else { 1 }
    }

    /// The largest sample.
    pub fn largest(self) -> u16 {
        u16::MAX >> (16 - self.bits())
    }

    /// Binary logarithm of the bits.
    pub(crate) fn code(self) -> u8 {
        match self {
            BitDepth::One => 0,
            BitDepth::Two => 1,
            BitDepth::Four => 2,
            BitDepth::Eight => 3,
            BitDepth::Sixteen => 4,
        }
    }
}

impl fmt::Display for BitDepth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bits().fmt(f)
    }
}

/// Colour type and bit depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SampleFormat {
    /// What the samples of a pixel mean.
    pub color: ColorType,
    /// Bits per sample.
    pub depth: BitDepth,
}

impl SampleFormat {
    /// A colour type with 8 bits per sample.
    pub const fn eight_bit(color: ColorType) -> SampleFormat {
        SampleFormat {
            color,
            depth: BitDepth::Eight,
        }
    }

    /// Whether the combination is legal, here and in PNG: gray with every depth, palettes up to 8 bits, the others with
    /// 8 and 16 bits.
    pub fn is_legal(self) -> bool {
        match self.color {
            ColorType::Gray => true,
            ColorType::Palette => self.depth <= BitDepth::Eight,
            _ => self.depth >= BitDepth::Eight,
        }
    }

    /// Whether a model of photos can code the colour planes: 8 bits and no palette.
    pub fn suits_photo_models(self) -> bool {
        self.depth == BitDepth::Eight && self.color != ColorType::Palette
    }

    /// Whether a pixel has red, green and blue of 8 bits, so that a file can have a colour set.
    pub(crate) fn has_color_cube(self) -> bool {
        self.depth == BitDepth::Eight && matches!(self.color, ColorType::Rgb | ColorType::Rgba)
    }

    /// Whether some model can code the colour planes: those that [suit models of photos](Self::suits_photo_models), or
    /// 1-bit gray.
    pub(crate) fn suits_a_model(self) -> bool {
        let bilevel = SampleFormat {
            color: ColorType::Gray,
            depth: BitDepth::One,
        };
        self.suits_photo_models() || self == bilevel
    }

    /// Bytes that a pixel takes in [`Image::samples`](crate::Image::samples).
    pub fn pixel_bytes(self) -> usize {
        self.color.channels() * self.depth.sample_bytes()
    }
}

impl fmt::Display for SampleFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-bit {}", self.depth, self.color.name())
    }
}
