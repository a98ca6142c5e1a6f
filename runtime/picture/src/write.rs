//! Pixels and metadata → the bytes of an image file of any format in [`OutputFormat`].

use std::io::Cursor;

use image::ImageEncoder;
use image::codecs::qoi::QoiEncoder;
use pxc_codec::{ColorType, Image, MetadataChunk};

use crate::error::{Error, Result};
use crate::formats::bmp::writer::write_bmp;
use crate::formats::output::OutputFormat;
use crate::formats::png::chunks::is_kept;
use crate::formats::png::writer::write_png;
use crate::formats::pnm::writer::write_pnm;
use crate::formats::raster::color;
use crate::formats::tiff::writer::write_tiff;
use crate::formats::webp::writer::write_webp;
use crate::metadata::{self, PixelSize, Profiles};

/// An image file that was written to memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrittenPicture {
    /// The bytes of the file.
    pub bytes: Vec<u8>,
    /// Names of the metadata chunks that the format cannot store, each once.
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
    let (found, color) = (describe(&image), image.color());
    let image = format.fit(image).ok_or(Error::Capacity { format, found })?;
    if format == OutputFormat::Png {
        let mut bytes = Vec::new();
        write_png(&image, metadata, &mut bytes).map_err(|source| Error::PngEncoder { source })?;
        return Ok(WrittenPicture {
            bytes,
            dropped: Vec::new(),
        });
    }
    let is_converted = image.color() != color;
    let (bytes, taken) = write_other(image, metadata, format, is_converted)?;
    Ok(WrittenPicture {
        bytes,
        dropped: dropped(metadata, &taken),
    })
}

/// Writes a file that is not PNG; returns its bytes and the types of the chunks that it holds.
fn write_other(
    image: Image,
    chunks: &[MetadataChunk],
    format: OutputFormat,
    is_converted: bool,
) -> Result<(Vec<u8>, Vec<[u8; 4]>)> {
    // A file of the same samples may have the picture's profile, even an unusual one.
    let keeps_samples = format == OutputFormat::Tiff && !is_converted;
    let profiles = Profiles::of(chunks, (!keeps_samples).then(|| image.color()));
    let has_icc = (profiles.icc.is_some(), *b"iCCP");
    let has_xmp = (profiles.xmp.is_some(), *b"iTXt");
    let (bytes, taken) = match format {
        OutputFormat::Tiff => {
            let orientation = metadata::stated_orientation(chunks);
            let bytes = write_tiff(&image, &profiles, orientation)?;
            let has_size = (profiles.size.is_some(), *b"pHYs");
            let has_exif = (metadata::is_orientation_alone(chunks), *b"eXIf");
            (bytes, vec![has_icc, has_xmp, has_size, has_exif])
        }
        OutputFormat::WebP => {
            let has_exif = (profiles.exif.is_some(), *b"eXIf");
            let bytes = write_webp(image, &profiles)?;
            (bytes, vec![has_icc, has_xmp, has_exif])
        }
        OutputFormat::Bmp => {
            // Grays are a palette, whose colours are RGB.
            let profiles = Profiles::of(chunks, Some(ColorType::Rgb));
            let density = profiles.size.and_then(metric_density);
            let bytes = write_bmp(&image, density, profiles.icc.as_deref())?;
            let has_size = (density.is_some(), *b"pHYs");
            (bytes, vec![(profiles.icc.is_some(), *b"iCCP"), has_size])
        }
        OutputFormat::Qoi => (write_qoi(image)?, Vec::new()),
        _ => {
            let mut bytes = Vec::new();
            write_pnm(&image, format, Cursor::new(&mut bytes))?;
            (bytes, Vec::new())
        }
    };
    let taken = taken.into_iter().filter(|(is_taken, _)| *is_taken);
    Ok((bytes, taken.map(|(_, tag)| tag).collect()))
}

/// Pixels per metre that a bitmap has room for.
fn metric_density(PixelSize { x, y, is_metric }: PixelSize) -> Option<(u32, u32)> {
    (is_metric && x.max(y) <= i32::MAX as u32).then_some((x, y))
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

fn write_qoi(image: Image) -> Result<Vec<u8>> {
    let (width, height, color) = (image.width(), image.height(), color(image.format()));
    let mut bytes = Vec::new();
    QoiEncoder::new(&mut bytes)
        .write_image(&image.into_native(), width, height, color)
        .map_err(|source| Error::Encoder { source })?;
    Ok(bytes)
}

fn dropped(chunks: &[MetadataChunk], taken: &[[u8; 4]]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, chunk) in chunks.iter().enumerate() {
        let is_taken = taken.contains(&chunk.tag) && metadata::is_source(chunks, index);
        let name = String::from_utf8_lossy(&chunk.tag).into_owned();
        if is_kept(&chunk.tag) && !is_taken && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
