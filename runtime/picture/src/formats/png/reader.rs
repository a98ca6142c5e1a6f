//! PNG bytes → [`Image`] of the same colour type, bit depth, palette and transparent colour.
//!
//! Verifies every checksum, Adler-32 included, and refuses animations. Keeps the metadata that still holds for the decoded
//! image, byte for byte.

use std::io::Cursor;

use pxc_codec::{BitDepth, ColorType, Image, Limits, MetadataChunk, SampleFormat};

use crate::error::{Error, Result};
use crate::formats::input::InputFormat;
use crate::formats::png::chunks::{PngChunk, SUGGESTED_PALETTE, is_kept, png_chunks};
use crate::formats::png::colors::Colors;
use crate::formats::png::samples::unpack;
use crate::picture::Picture;

/// Reads a whole PNG file.
pub(crate) fn read_png(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let failed = |error| failure(error, limits);
    let mut reader = decoder(bytes, limits).read_info().map_err(failed)?;
    check_supported(reader.info())?;
    let format = sample_format(reader.info());
    check_size(reader.info(), format, limits)?;
    let row_bytes = reader.output_buffer_size();
    let mut rows = vec![0; row_bytes.ok_or_else(|| Error::memory_limit(limits))?];
    let frame = reader.next_frame(&mut rows).map_err(failed)?;
    reader.finish().map_err(failed)?;
    let samples = unpack(rows, frame.width, frame.line_size, format.depth);
    let image = Colors::of(bytes).image(frame.width, frame.height, format, samples)?;
    let (metadata, dropped) = metadata(bytes, &image);
    Ok(Picture {
        image,
        metadata,
        dropped,
        source: InputFormat::Png,
    })
}

fn decoder<'a>(bytes: &'a [u8], limits: &Limits) -> png::Decoder<Cursor<&'a [u8]>> {
    let mut options = png::DecodeOptions::default();
    options.set_ignore_adler32(false);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = png::Decoder::new_with_options(Cursor::new(bytes), options);
    decoder.set_transformations(png::Transformations::IDENTITY);
    let bytes = usize::try_from(limits.max_memory).unwrap_or(usize::MAX);
    decoder.set_limits(png::Limits { bytes });
    decoder
}

fn check_supported(info: &png::Info<'_>) -> Result<()> {
    if info.is_animated() {
        return Err(Error::Unsupported {
            found: "an animated PNG".into(),
        });
    }
    Ok(())
}

/// Counts the packed rows and their samples, which are in memory together.
fn check_size(info: &png::Info<'_>, format: SampleFormat, limits: &Limits) -> Result<()> {
    let pixel_bytes = match format.depth {
        BitDepth::Eight | BitDepth::Sixteen => format.pixel_bytes(),
        _ => 2 * format.pixel_bytes(),
    };
    limits
        .check_image(info.width, info.height, pixel_bytes)
        .map_err(Error::limit)
}

fn sample_format(info: &png::Info<'_>) -> SampleFormat {
    SampleFormat {
        color: match info.color_type {
            png::ColorType::Grayscale => ColorType::Gray,
            png::ColorType::GrayscaleAlpha => ColorType::GrayAlpha,
            png::ColorType::Rgb => ColorType::Rgb,
            png::ColorType::Rgba => ColorType::Rgba,
            png::ColorType::Indexed => ColorType::Palette,
        },
        depth: match info.bit_depth {
            png::BitDepth::One => BitDepth::One,
            png::BitDepth::Two => BitDepth::Two,
            png::BitDepth::Four => BitDepth::Four,
            png::BitDepth::Eight => BitDepth::Eight,
            png::BitDepth::Sixteen => BitDepth::Sixteen,
        },
    }
}

/// The chunks to keep, and the names of the others.
fn metadata(bytes: &[u8], image: &Image) -> (Vec<MetadataChunk>, Vec<String>) {
    let (mut kept, mut dropped) = (Vec::new(), Vec::new());
    for PngChunk { tag, data, .. } in png_chunks(bytes) {
        let tag = match &tag {
            b"PLTE" if image.palette().is_none() => SUGGESTED_PALETTE,
            _ => tag,
        };
        let name = String::from_utf8_lossy(&tag).into_owned();
        if is_kept(&tag) || tag == SUGGESTED_PALETTE {
            kept.push(MetadataChunk {
                tag,
                data: data.to_vec(),
            });
        } else if !matches!(&tag, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND")
            && !dropped.contains(&name)
        {
            dropped.push(name);
        }
    }
    (kept, dropped)
}

fn failure(error: png::DecodingError, limits: &Limits) -> Error {
    match error {
        png::DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Error::Truncated { format: "PNG" }
        }
        png::DecodingError::LimitsExceeded => Error::memory_limit(limits),
        error => Error::Damaged {
            format: "PNG",
            message: error.to_string(),
        },
    }
}
