//! Pixels and metadata → the bytes of a file in any format that is written.

use image::codecs::bmp::BmpEncoder;
use image::codecs::qoi::QoiEncoder;
use image::codecs::tiff::TiffEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError};
use pxc_runtime::{BitDepth, ColorType, Image, MetadataChunk, SampleFormat};

use crate::formats::Format;
use crate::metadata;
use crate::png_reader::is_kept;
use crate::png_writer::write_png;
use crate::pnm::write_pnm;

/// Why an image could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetError {
    /// The format cannot hold it.
    #[error("{} cannot hold a {found} image exactly (it holds {})", .format.extension(), .format.capacity())]
    Capacity {
        /// The format.
        format: Format,
        /// What the image is.
        found: String,
    },
    /// PNG's encoder failed.
    #[error("{0}")]
    Png(#[from] png::EncodingError),
    /// Another encoder failed.
    #[error("{0}")]
    Image(#[from] ImageError),
    /// Memory ran out.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// A file, and the metadata that its format did not take.
pub(crate) struct Written {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// Names of chunks, each once.
    pub(crate) left_out: Vec<String>,
}

/// Writes a file.
pub(crate) fn write_picture(
    image: Image,
    chunks: &[MetadataChunk],
    format: Format,
) -> Result<Written, TargetError> {
    let found = describe(&image);
    let image = format
        .fit(image)
        .ok_or(TargetError::Capacity { format, found })?;
    let mut bytes = Vec::new();
    let taken = match format {
        Format::Png => {
            write_png(&image, chunks, &mut bytes)?;
            return Ok(Written {
                bytes,
                left_out: Vec::new(),
            });
        }
        Format::Pbm | Format::Pgm | Format::Ppm | Format::Pnm | Format::Pam => {
            write_pnm(&image, format, &mut bytes)?;
            Vec::new()
        }
        Format::Tiff => encode(
            image,
            chunks,
            TiffEncoder::new(std::io::Cursor::new(&mut bytes)),
        )?,
        Format::WebP => encode(image, chunks, WebPEncoder::new_lossless(&mut bytes))?,
        Format::Qoi => encode(image, chunks, QoiEncoder::new(&mut bytes))?,
        Format::Bmp => encode(image, chunks, BmpEncoder::new(&mut bytes))?,
    };
    Ok(Written {
        bytes,
        left_out: left_out(chunks, &taken),
    })
}

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

/// Encodes pixels, and the profiles that the encoder takes: returns their chunks' names.
fn encode(
    image: Image,
    chunks: &[MetadataChunk],
    mut encoder: impl ImageEncoder,
) -> Result<Vec<[u8; 4]>, TargetError> {
    let profile = metadata::icc_profile(chunks);
    let has_profile = profile.is_some_and(|profile| encoder.set_icc_profile(profile).is_ok());
    let exif = metadata::exif(chunks);
    let has_exif = exif.is_some_and(|exif| encoder.set_exif_metadata(exif).is_ok());
    let (width, height, color) = (image.width(), image.height(), color(image.format()));
    encoder.write_image(&image.into_native(), width, height, color)?;
    let taken = [(has_profile, *b"iCCP"), (has_exif, *b"eXIf")];
    let taken = taken.into_iter().filter(|(is_taken, _)| *is_taken);
    Ok(taken.map(|(_, tag)| tag).collect())
}

/// Only for formats that an encoder's [`Format`] holds.
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

fn left_out(chunks: &[MetadataChunk], taken: &[[u8; 4]]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for chunk in chunks.iter().filter(|chunk| is_kept(&chunk.tag)) {
        let name = String::from_utf8_lossy(&chunk.tag).into_owned();
        if !taken.contains(&chunk.tag) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
