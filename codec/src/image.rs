//! The image in memory: 8-bit interleaved samples with a size and a colour type.
//!
//! In: samples from a caller. Out: an [`Image`] whose sample count is known to be right. Colour type codes are those
//! of `docs/format.md`, *Header*.

use crate::error::Error;

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
}

impl ColorType {
    /// Samples per pixel, alpha included: 1 to 4.
    pub fn channels(self) -> usize {
        self.color_planes() + usize::from(self.has_alpha())
    }

    /// Samples per pixel without alpha: 1 or 3. A model must code as many channels.
    pub fn color_planes(self) -> usize {
        match self {
            ColorType::Gray | ColorType::GrayAlpha => 1,
            ColorType::Rgb | ColorType::Rgba => 3,
        }
    }

    /// Whether the last sample of a pixel is alpha.
    pub fn has_alpha(self) -> bool {
        matches!(self, ColorType::GrayAlpha | ColorType::Rgba)
    }

    /// The code in the header, the same as PNG's.
    pub fn code(self) -> u8 {
        match self {
            ColorType::Gray => 0,
            ColorType::Rgb => 2,
            ColorType::GrayAlpha => 4,
            ColorType::Rgba => 6,
        }
    }

    /// The colour type of a header code, or `None` for a code that this version does not decode.
    pub fn from_code(code: u8) -> Option<ColorType> {
        match code {
            0 => Some(ColorType::Gray),
            2 => Some(ColorType::Rgb),
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
        }
    }
}

/// An image of 8-bit samples, interleaved, row after row from the top.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    width: u32,
    height: u32,
    color: ColorType,
    samples: Vec<u8>,
}

impl Image {
    /// Takes `width · height · color.channels()` samples.
    ///
    /// # Errors
    /// [`Error::ImageSize`] when a side is zero, [`Error::SampleCount`] when the number of samples is another one.
    pub fn new(
        width: u32,
        height: u32,
        color: ColorType,
        samples: Vec<u8>,
    ) -> Result<Image, Error> {
        if width == 0 || height == 0 {
            return Err(Error::ImageSize { width, height });
        }
        let expected = u128::from(width) * u128::from(height) * color.channels() as u128;
        if samples.len() as u128 != expected {
            return Err(Error::SampleCount {
                expected,
                found: samples.len() as u128,
            });
        }
        Ok(Image {
            width,
            height,
            color,
            samples,
        })
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// What the samples of a pixel mean.
    pub fn color(&self) -> ColorType {
        self.color
    }

    /// The samples, interleaved, row after row.
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// Gives the samples back.
    pub fn into_samples(self) -> Vec<u8> {
        self.samples
    }

    /// The number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Image({}×{} {}, {} bytes)",
            self.width,
            self.height,
            self.color.name(),
            self.samples.len()
        )
    }
}
