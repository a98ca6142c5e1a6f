//! The pixels of WebP files and of TIFF files with JPEG compression → [`Picture`], by the decoders of the `image`
//! crate; and how that crate names samples.
//!
//! 16-bit samples stay 16-bit. Refuses what a decoder would convert (CMYK, floating point).

use std::io::Cursor;

use image::codecs::tiff::TiffDecoder;
use image::error::{ImageError, LimitErrorKind};
use image::{ExtendedColorType, ImageDecoder};
use pxc_codec::{BitDepth, ColorType, Image, Limits, SampleFormat};

use crate::error::{Error, Result, Source};
use crate::formats::input::InputFormat;
use crate::picture::Picture;

/// Bytes of a pixel in the decoder of JPEG: samples and coefficients of 16 bits of three components.
const JPEG_PIXEL_BYTES: usize = 9;

/// Reads the pixels of a TIFF file's first page.
pub(crate) fn read_tiff(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let raster = Raster::new(InputFormat::Tiff, limits, JPEG_PIXEL_BYTES);
    raster.decode(TiffDecoder::new(Cursor::new(bytes)))
}

/// A file of one format, read within limits.
struct Raster<'a> {
    format: InputFormat,
    limits: &'a Limits,
    /// Bytes of a pixel in the decoder.
    pixel_bytes: usize,
}

impl<'a> Raster<'a> {
    fn new(format: InputFormat, limits: &'a Limits, pixel_bytes: usize) -> Raster<'a> {
        Raster {
            format,
            limits,
            pixel_bytes,
        }
    }

    fn decode(
        &self,
        decoder: std::result::Result<impl ImageDecoder, ImageError>,
    ) -> Result<Picture> {
        let failed = |error| self.failure(error);
        let mut decoder = decoder.map_err(failed)?;
        let (width, height) = decoder.dimensions();
        self.limit(&mut decoder)?;
        let sample_format = sample_format(decoder.color_type(), decoder.original_color_type())?;
        let mut samples = vec![0; decoder.total_bytes() as usize];
        decoder.read_image(&mut samples).map_err(failed)?;
        if sample_format.depth == BitDepth::One {
            samples.iter_mut().for_each(|sample| *sample >>= 7);
        }
        let image = Image::from_native(width, height, sample_format, samples)
            .map_err(|error| self.undecodable(error))?;
        Ok(Picture::plain(self.format, image))
    }

    fn limit(&self, decoder: &mut impl ImageDecoder) -> Result<()> {
        let (width, height) = decoder.dimensions();
        let pixel_bytes = usize::from(decoder.color_type().bytes_per_pixel());
        self.limits
            .check_image(width, height, pixel_bytes + self.pixel_bytes)
            .map_err(Error::limit)?;
        let mut limits = image::Limits::no_limits();
        limits.max_alloc = Some(self.limits.max_memory);
        decoder
            .set_limits(limits)
            .map_err(|error| self.failure(error))
    }

    fn failure(&self, error: ImageError) -> Error {
        match error {
            ImageError::Unsupported(error) => Error::unreadable_kind(self.format, error),
            ImageError::Limits(error) if error.kind() == LimitErrorKind::InsufficientMemory => {
                Error::memory_limit(self.limits)
            }
            error => self.undecodable(error),
        }
    }

    fn undecodable(&self, source: impl Into<Source>) -> Error {
        Error::undecodable(self.format.name(), "its pixels", source)
    }
}

/// The image crate's name for a sample format that its encoders write, see [`OutputFormat`](crate::OutputFormat).
pub(crate) fn color(format: SampleFormat) -> ExtendedColorType {
    match (format.color, format.depth == BitDepth::Sixteen) {
        (ColorType::Gray, false) => ExtendedColorType::L8,
        (ColorType::Gray, true) => ExtendedColorType::L16,
        (ColorType::Rgb, false) => ExtendedColorType::Rgb8,
        (ColorType::Rgb, true) => ExtendedColorType::Rgb16,
        (_, false) => ExtendedColorType::Rgba8,
        (_, true) => ExtendedColorType::Rgba16,
    }
}

fn sample_format(color: image::ColorType, original: ExtendedColorType) -> Result<SampleFormat> {
    use image::ColorType as Decoded;
    let (color, depth) = match color {
        Decoded::L8 if original == ExtendedColorType::L1 => (ColorType::Gray, BitDepth::One),
        Decoded::L8 => (ColorType::Gray, BitDepth::Eight),
        Decoded::La8 => (ColorType::GrayAlpha, BitDepth::Eight),
        Decoded::Rgb8 => (ColorType::Rgb, BitDepth::Eight),
        Decoded::Rgba8 => (ColorType::Rgba, BitDepth::Eight),
        Decoded::L16 => (ColorType::Gray, BitDepth::Sixteen),
        Decoded::La16 => (ColorType::GrayAlpha, BitDepth::Sixteen),
        Decoded::Rgb16 => (ColorType::Rgb, BitDepth::Sixteen),
        Decoded::Rgba16 => (ColorType::Rgba, BitDepth::Sixteen),
        other => {
            return Err(Error::unsupported(format!("an image of {other:?} samples")));
        }
    };
    Ok(SampleFormat { color, depth })
}
