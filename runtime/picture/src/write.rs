//! Pixels and metadata → the bytes of an image file of any format in [`OutputFormat`].

use std::io::Cursor;

use image::codecs::bmp::BmpEncoder;
use image::codecs::qoi::QoiEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};
use pxc_codec::{BitDepth, ColorType, Image, MetadataChunk, SampleFormat};

use crate::error::{Error, Result};
use crate::formats::output::OutputFormat;
use crate::formats::png::chunks::is_kept;
use crate::formats::png::writer::write_png;
use crate::formats::pnm::writer::write_pnm;
use crate::formats::tiff::writer::write_tiff;
use crate::metadata;

/// An image file that was written to memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrittenPicture {
    /// The bytes of the file.
    pub bytes: Vec<u8>,
    /// Names of the metadata chunks that the format did not take, each once.
    pub dropped: Vec<String>,
}

/// Writes an image file.
///
/// Expands the image where the format needs it (a palette to RGB, for example), and fails if the format cannot hold the
/// same colours.
pub fn write_picture(
    image: Image,
    metadata: &[MetadataChunk],
    format: OutputFormat,
) -> Result<WrittenPicture> {
    let found = describe(&image);
    let image = format.fit(image).ok_or(Error::Capacity { format, found })?;
    if format == OutputFormat::Png {
        let mut bytes = Vec::new();
        write_png(&image, metadata, &mut bytes).map_err(|source| Error::PngEncoder { source })?;
        return Ok(WrittenPicture {
            bytes,
            dropped: Vec::new(),
        });
    }
    let (bytes, taken) = write_other(image, metadata, format)?;
    Ok(WrittenPicture {
        bytes,
        dropped: dropped(metadata, &taken),
    })
}

/// The bytes of a file that is not PNG, and the chunks that it holds.
fn write_other(
    image: Image,
    metadata: &[MetadataChunk],
    format: OutputFormat,
) -> Result<(Vec<u8>, Vec<[u8; 4]>)> {
    let mut bytes = Vec::new();
    let out = Cursor::new(&mut bytes);
    let taken = match format {
        OutputFormat::Tiff => {
            let profile = metadata::icc_profile(metadata, image.color());
            let orientation = metadata::stated_orientation(metadata);
            bytes = write_tiff(&image, profile.as_deref(), orientation)?;
            let exif = metadata::is_orientation_alone(metadata).then_some(*b"eXIf");
            profile.map(|_| *b"iCCP").into_iter().chain(exif).collect()
        }
        OutputFormat::WebP => encode(image, metadata, WebPEncoder::new_lossless(out))?,
        OutputFormat::Qoi => encode(image, metadata, QoiEncoder::new(out))?,
        OutputFormat::Bmp => encode(image, metadata, BmpEncoder::new(&mut bytes))?,
        _ => {
            write_pnm(&image, format, out)?;
            Vec::new()
        }
    };
    Ok((bytes, taken))
}

/// The image's kind, for messages.
fn describe(image: &Image) -> String {
    match image.color_key() {
        Some(_) => format!("{} (with a transparent colour)", image.format()),
        None if image
            .palette()
            .is_some_and(|palette| !palette.alpha().is_empty()) =>
        {
            format!("{} (with transparent colours)", image.format())
        }
        None => format!("{}", image.format()),
    }
}

/// Encodes pixels and the profiles that the encoder takes; returns the tags of their chunks.
fn encode(
    image: Image,
    chunks: &[MetadataChunk],
    mut encoder: impl ImageEncoder,
) -> Result<Vec<[u8; 4]>> {
    let profile = metadata::icc_profile(chunks, image.color());
    let has_profile = profile.is_some_and(|profile| encoder.set_icc_profile(profile).is_ok());
    let exif = metadata::exif(chunks);
    let has_exif = exif.is_some_and(|exif| encoder.set_exif_metadata(exif).is_ok());
    let (width, height, color) = (image.width(), image.height(), color(image.format()));
    encoder
        .write_image(&image.into_native(), width, height, color)
        .map_err(|source| Error::Encoder { source })?;
    let taken = [(has_profile, *b"iCCP"), (has_exif, *b"eXIf")];
    let taken = taken.into_iter().filter(|(is_taken, _)| *is_taken);
    Ok(taken.map(|(_, tag)| tag).collect())
}

/// Only for sample formats that an encoder's [`OutputFormat`] holds.
fn color(format: SampleFormat) -> ExtendedColorType {
    match (format.color, format.depth == BitDepth::Sixteen) {
        (ColorType::Gray, false) => ExtendedColorType::L8,
        (ColorType::Gray, true) => ExtendedColorType::L16,
        (ColorType::Rgb, false) => ExtendedColorType::Rgb8,
        (ColorType::Rgb, true) => ExtendedColorType::Rgb16,
        (_, false) => ExtendedColorType::Rgba8,
        (_, true) => ExtendedColorType::Rgba16,
    }
}

fn dropped(chunks: &[MetadataChunk], taken: &[[u8; 4]]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for chunk in chunks.iter().filter(|chunk| is_kept(&chunk.tag)) {
        let name = String::from_utf8_lossy(&chunk.tag).into_owned();
        if !taken.contains(&chunk.tag) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
