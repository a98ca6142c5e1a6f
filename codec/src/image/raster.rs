//! The image in memory: interleaved samples with a size, a sample format, and a palette or a transparent colour.
//!
//! In: samples from a caller. Out: an [`Image`] whose samples are known to fit its size and format.

use crate::error::Error;
use crate::image::palette::{ColorKey, Palette};
use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};

/// An image: interleaved samples, row after row from the top.
///
/// Samples of 1, 2, 4 and 8 bits take one byte each, with the values 0 to 2^depth − 1 (a white 1-bit pixel is 1, not
/// 255). Samples of 16 bits take two bytes each, most significant first, as in PNG, on every machine;
/// [`Image::from_u16`], [`Image::to_u16`], [`Image::from_native`] and [`Image::into_native`] convert. Samples are never
/// packed and rows never padded. The samples of a palette image are indices. [`Image::expanded`] turns all of them into
/// plain gray or RGB(A) samples of 8 or 16 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    width: u32,
    height: u32,
    format: SampleFormat,
    palette: Option<Palette>,
    color_key: Option<ColorKey>,
    samples: Vec<u8>,
}

impl Image {
    /// Makes an image of 8-bit samples without a palette: `width · height · color.channels()` of them.
    ///
    /// # Errors
    /// [`Error::ImageSize`] when a side is zero, [`Error::SampleCount`] when the number of samples is wrong,
    /// [`Error::PaletteMissing`] for a palette image.
    pub fn new(
        width: u32,
        height: u32,
        color: ColorType,
        samples: Vec<u8>,
    ) -> Result<Image, Error> {
        Image::with_format(width, height, SampleFormat::eight_bit(color), samples)
    }

    /// Makes an image of any format but a palette, from `width · height · format.pixel_bytes()` bytes; see [`Image`].
    ///
    /// # Errors
    /// The same as [`Image::new`], and [`Error::SampleFormat`] for a format that is not legal, [`Error::SampleRange`]
    /// for a sample with more bits than the depth.
    pub fn with_format(
        width: u32,
        height: u32,
        format: SampleFormat,
        samples: Vec<u8>,
    ) -> Result<Image, Error> {
        if format.color == ColorType::Palette {
            return Err(Error::PaletteMissing);
        }
        Image::checked(width, height, format, None, samples)
    }

    /// Makes a palette image: one index per pixel, of 1, 2, 4 or 8 bits. Indices beyond the palette are legal and
    /// preserved.
    ///
    /// # Errors
    /// The same as [`Image::with_format`].
    pub fn with_palette(
        width: u32,
        height: u32,
        depth: BitDepth,
        palette: Palette,
        samples: Vec<u8>,
    ) -> Result<Image, Error> {
        let color = ColorType::Palette;
        let format = SampleFormat { color, depth };
        Image::checked(width, height, format, Some(palette), samples)
    }

    /// Makes an image of 16-bit samples: `width · height · color.channels()` of them.
    ///
    /// # Errors
    /// The same as [`Image::with_format`].
    pub fn from_u16(
        width: u32,
        height: u32,
        color: ColorType,
        samples: &[u16],
    ) -> Result<Image, Error> {
        let depth = BitDepth::Sixteen;
        let bytes = samples.iter().flat_map(|sample| sample.to_be_bytes());
        Image::with_format(
            width,
            height,
            SampleFormat { color, depth },
            bytes.collect(),
        )
    }

    /// Like [`Image::with_format`], but with 16-bit samples in the byte order of the machine.
    ///
    /// # Errors
    /// The same as [`Image::with_format`].
    pub fn from_native(
        width: u32,
        height: u32,
        format: SampleFormat,
        mut samples: Vec<u8>,
    ) -> Result<Image, Error> {
        if format.depth == BitDepth::Sixteen {
            turn_native(&mut samples);
        }
        Image::with_format(width, height, format, samples)
    }

    /// Adds a transparent colour to the image.
    ///
    /// # Errors
    /// [`Error::ColorKey`] unless it is a gray key for a gray image or an RGB key for an RGB image.
    pub fn with_color_key(self, key: ColorKey) -> Result<Image, Error> {
        match (self.format.color, key) {
            (ColorType::Gray, ColorKey::Gray(_)) | (ColorType::Rgb, ColorKey::Rgb(_)) => {
                Ok(Image {
                    color_key: Some(key),
                    ..self
                })
            }
            (color, _) => Err(Error::ColorKey {
                color,
                samples: key.samples().len(),
            }),
        }
    }

    /// Makes an image of other pixels with the same format, as many as fit.
    pub(crate) fn resized(&self, width: u32, height: u32, samples: Vec<u8>) -> Image {
        Image {
            width,
            height,
            format: self.format,
            palette: self.palette.clone(),
            color_key: self.color_key,
            samples,
        }
    }

    fn checked(
        width: u32,
        height: u32,
        format: SampleFormat,
        palette: Option<Palette>,
        samples: Vec<u8>,
    ) -> Result<Image, Error> {
        if width == 0 || height == 0 {
            return Err(Error::ImageSize { width, height });
        }
        if !format.is_legal() {
            return Err(Error::SampleFormat { format });
        }
        let expected = u128::from(width) * u128::from(height) * format.pixel_bytes() as u128;
        if samples.len() as u128 != expected {
            return Err(Error::SampleCount {
                expected,
                found: samples.len() as u128,
            });
        }
        if format.depth < BitDepth::Eight {
            let largest = format.depth.largest() as u8;
            if let Some(at) = samples.iter().position(|&sample| sample > largest) {
                return Err(Error::SampleRange {
                    at,
                    largest,
                    found: samples[at],
                });
            }
        }
        Ok(Image {
            width,
            height,
            format,
            palette,
            color_key: None,
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
        self.format.color
    }

    /// Bits per sample.
    pub fn depth(&self) -> BitDepth {
        self.format.depth
    }

    /// Colour type and bit depth.
    pub fn format(&self) -> SampleFormat {
        self.format
    }

    /// The palette; palette images have one and no others.
    pub fn palette(&self) -> Option<&Palette> {
        self.palette.as_ref()
    }

    /// The transparent colour of a gray or RGB image, if it has one.
    pub fn color_key(&self) -> Option<ColorKey> {
        self.color_key
    }

    /// The bytes of the samples, interleaved, row after row: see [`Image`] for what they are at each depth.
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// The bytes of the samples, without a copy.
    pub fn into_samples(self) -> Vec<u8> {
        self.samples
    }

    /// The bytes of the samples, with 16-bit samples in the byte order of the machine.
    ///
    /// ```
    /// use pxc_codec::{ColorType, Image};
    ///
    /// let deep = Image::from_u16(2, 1, ColorType::Gray, &[1, 0x0203])?;
    /// assert_eq!(deep.samples(), [0, 1, 2, 3]);
    /// assert_eq!(deep.into_native(), [1_u16.to_ne_bytes(), 0x0203_u16.to_ne_bytes()].concat());
    ///
    /// let image = Image::new(2, 1, ColorType::Gray, vec![1, 2])?;
    /// assert_eq!(image.into_native(), [1, 2]);
    /// # Ok::<(), pxc_codec::Error>(())
    /// ```
    pub fn into_native(self) -> Vec<u8> {
        let mut samples = self.samples;
        if self.format.depth == BitDepth::Sixteen {
            turn_native(&mut samples);
        }
        samples
    }

    /// The samples of an image of any depth as numbers.
    pub fn to_u16(&self) -> Vec<u16> {
        match self.format.depth {
            BitDepth::Sixteen => {
                let pairs = self.samples.as_chunks::<2>().0;
                pairs.iter().map(|&pair| u16::from_be_bytes(pair)).collect()
            }
            _ => self.samples.iter().copied().map(u16::from).collect(),
        }
    }

    /// The number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Converts samples between most significant byte first and the byte order of the machine.
fn turn_native(samples: &mut [u8]) {
    for pair in samples.as_chunks_mut::<2>().0 {
        *pair = u16::from_be_bytes(*pair).to_ne_bytes();
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Image({}×{} {}, {} bytes)",
            self.width,
            self.height,
            self.format,
            self.samples.len()
        )
    }
}
