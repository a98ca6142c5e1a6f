//! TIFF, WebP, QOI, BMP, GIF, JPEG and PNM → [`Picture`], by the codecs of the `image` crate.
//!
//! 16-bit samples stay 16-bit. What a decoder would change (CMYK, floating point, premultiplied alpha) is refused. Of several pages
//! or frames the first is taken, and the others are listed as left out.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::qoi::QoiDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::{ImageError, LimitErrorKind};
use image::{ExtendedColorType, ImageDecoder};
use pxc_runtime::{BitDepth, CodecError, ColorType, Image, Limits, MetadataChunk, SampleFormat};

use crate::formats::Source;
use crate::gif_reader::read_gif;
use crate::guarded::guarded;
use crate::metadata;
use crate::picture::{Picture, SourceError};
use crate::pnm::read_pnm;
use crate::tiff_fields::TiffFields;

/// Reads a whole file of any format but PNG.
pub(crate) fn read_raster(
    source: Source,
    bytes: &[u8],
    allow_lossy: bool,
    limits: &Limits,
) -> Result<Picture, SourceError> {
    guarded(|| read(source, bytes, allow_lossy, limits)).unwrap_or_else(|message| {
        Err(SourceError::Damaged {
            format: source.name(),
            message,
        })
    })
}

fn read(
    source: Source,
    bytes: &[u8],
    allow_lossy: bool,
    limits: &Limits,
) -> Result<Picture, SourceError> {
    let cursor = Cursor::new(bytes);
    let failed = |error| failure(source, error, limits);
    match source {
        Source::Png | Source::Pnm => Ok(Picture {
            image: read_pnm(bytes, limits)?,
            metadata: Vec::new(),
            left_out: Vec::new(),
            source,
        }),
        Source::Gif => read_gif(bytes, limits),
        Source::Tiff => {
            let fields = TiffFields::read(bytes, allow_lossy)?;
            let decoder = TiffDecoder::new(cursor).map_err(failed)?;
            let mut picture = decode(source, decoder, limits)?;
            fields.add_to(&mut picture);
            Ok(picture)
        }
        Source::WebP => {
            let decoder = WebPDecoder::new(cursor).map_err(failed)?;
            if decoder.has_animation() {
                return Err(SourceError::Unsupported {
                    found: "an animated WebP".into(),
                });
            }
            decode(source, decoder, limits)
        }
        Source::Qoi => decode(source, QoiDecoder::new(cursor).map_err(failed)?, limits),
        Source::Bmp => decode(source, BmpDecoder::new(cursor).map_err(failed)?, limits),
        Source::Jpeg => decode(source, JpegDecoder::new(cursor).map_err(failed)?, limits),
    }
}

fn decode(
    source: Source,
    mut decoder: impl ImageDecoder,
    limits: &Limits,
) -> Result<Picture, SourceError> {
    let failed = |error| failure(source, error, limits);
    let (width, height) = decoder.dimensions();
    let pixel_bytes = decoder.color_type().bytes_per_pixel();
    limits
        .check_image(width, height, pixel_bytes.into())
        .map_err(SourceError::Limit)?;
    let mut decoder_limits = image::Limits::no_limits();
    decoder_limits.max_alloc = Some(limits.max_memory);
    decoder.set_limits(decoder_limits).map_err(failed)?;
    let bits = decoder.original_color_type();
    let format = sample_format(decoder.color_type(), bits)?;
    let metadata = profiles(&mut decoder).map_err(failed)?;
    let mut samples = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut samples).map_err(failed)?;
    if format.depth == BitDepth::One {
        samples.iter_mut().for_each(|sample| *sample >>= 7);
    }
    let image = Image::from_native(width, height, format, samples).map_err(|error| {
        SourceError::Damaged {
            format: source.name(),
            message: error.to_string(),
        }
    })?;
    Ok(Picture {
        image,
        metadata,
        left_out: Vec::new(),
        source,
    })
}

fn sample_format(
    color: image::ColorType,
    original: ExtendedColorType,
) -> Result<SampleFormat, SourceError> {
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
            return Err(SourceError::Unsupported {
                found: format!("an image of {other:?} samples"),
            });
        }
    };
    Ok(SampleFormat { color, depth })
}

fn profiles(decoder: &mut impl ImageDecoder) -> Result<Vec<MetadataChunk>, ImageError> {
    let mut chunks = Vec::new();
    if let Some(profile) = decoder.icc_profile()? {
        chunks.push(metadata::icc_chunk(&profile)?);
    }
    if let Some(exif) = decoder.exif_metadata()? {
        chunks.push(metadata::exif_chunk(&exif));
    }
    if let Some(xmp) = decoder.xmp_metadata()? {
        chunks.push(metadata::xmp_chunk(&xmp));
    }
    Ok(chunks)
}

fn failure(source: Source, error: ImageError, limits: &Limits) -> SourceError {
    match error {
        ImageError::Unsupported(error) => SourceError::Unsupported {
            found: format!("{} file: {error}", source.name()),
        },
        ImageError::Limits(error) if error.kind() == LimitErrorKind::InsufficientMemory => {
            SourceError::Limit(CodecError::LimitExceeded {
                limit: "max_memory",
                allowed: limits.max_memory,
                needed: limits.max_memory.saturating_add(1),
            })
        }
        error => SourceError::Damaged {
            format: source.name(),
            message: error.to_string(),
        },
    }
}
