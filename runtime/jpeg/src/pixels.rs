//! The pixels of a JPEG file, its colour profile, EXIF and XMP.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::error::{ImageError, LimitErrorKind};
use image::{ImageDecoder, ImageResult};
use pxc_codec::{ColorType, Image, Limits, MetadataChunk};

use crate::error::{Error, Result};
use crate::guarded::guarded;
use crate::profiles::{exif_chunk, icc_chunk, xmp_chunk};
use crate::segments::check_segments;

/// Bytes of a pixel besides its samples: the coefficients of a progressive file, three of 16 bits.
const COEFFICIENT_BYTES: usize = 6;

/// The picture of a JPEG file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JpegPicture {
    /// Gray or RGB of 8 bits. Decoders differ in the last bit; this is zune-jpeg's.
    pub image: Image,
    /// Colour profile, EXIF and XMP, as PNG's chunks.
    pub metadata: Vec<MetadataChunk>,
    /// Bytes up to the end of the image. What follows belongs to no image.
    pub end: usize,
}

/// Decodes a JPEG file: baseline or progressive, of 8 bits, gray or YCbCr.
///
/// # Errors
/// [`Error::Truncated`], [`Error::Damaged`], [`Error::Unsupported`] for other kinds of JPEG, and of kind `Limit`.
pub fn read_jpeg(jpeg: &[u8], limits: &Limits) -> Result<JpegPicture> {
    let end = check_segments(jpeg)?;
    let decoded = guarded(|| decode(jpeg, limits));
    let decoded = decoded.map_err(|panicked| Error::unknown("its kind of JPEG", panicked))?;
    let (image, metadata) = decoded.map_err(|error| error.within(limits))?;
    Ok(JpegPicture {
        image,
        metadata,
        end,
    })
}

fn decode(jpeg: &[u8], limits: &Limits) -> Result<(Image, Vec<MetadataChunk>)> {
    let failed = |error| failure(error, limits);
    // The decoder's copy of the file, and metadata.
    let limits = &limits.reserve(2 * jpeg.len() as u64)?;
    let mut decoder = JpegDecoder::new(Cursor::new(jpeg)).map_err(failed)?;
    let metadata = metadata(&mut decoder).map_err(failed)?;
    let (width, height) = decoder.dimensions();
    let color = match decoder.color_type() {
        image::ColorType::L8 => ColorType::Gray,
        image::ColorType::Rgb8 => ColorType::Rgb,
        other => return Err(Error::unsupported(format!("a JPEG of {other:?} samples"))),
    };
    limits.check_image(width, height, color.channels() + COEFFICIENT_BYTES)?;
    let mut allowed = image::Limits::no_limits();
    allowed.max_alloc = Some(limits.max_memory);
    decoder.set_limits(allowed).map_err(failed)?;
    let mut samples = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut samples).map_err(failed)?;
    Ok((Image::new(width, height, color, samples)?, metadata))
}

fn metadata(decoder: &mut impl ImageDecoder) -> ImageResult<Vec<MetadataChunk>> {
    let mut chunks = Vec::new();
    if let Some(profile) = decoder.icc_profile()? {
        chunks.push(icc_chunk(&profile)?);
    }
    if let Some(exif) = decoder.exif_metadata()? {
        chunks.push(exif_chunk(&exif));
    }
    if let Some(xmp) = decoder.xmp_metadata()? {
        chunks.push(xmp_chunk(&xmp));
    }
    Ok(chunks)
}

fn failure(error: ImageError, limits: &Limits) -> Error {
    match error {
        ImageError::Unsupported(error) => Error::unknown("its kind of JPEG", error),
        ImageError::Limits(error) if error.kind() == LimitErrorKind::InsufficientMemory => {
            // The decoder does not say how much it would take.
            let limit = pxc_codec::Error::LimitExceeded {
                limit: "max_memory",
                allowed: limits.max_memory,
                needed: limits.max_memory.saturating_add(1),
            };
            limit.into()
        }
        error => Error::undecodable("its image", error),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn the_decoder_s_error_is_kept() {
        let decoder = ImageError::IoError(std::io::Error::other("no more bytes"));
        let error = failure(decoder, &Limits::default());
        assert_eq!(error.kind(), pxc_codec::ErrorKind::BadData);
        assert!(
            error
                .source()
                .is_some_and(|source| source.is::<ImageError>())
        );
        let said = "damaged JPEG: its image: no more bytes";
        assert_eq!(pxc_codec::full_message(&error), said);
    }
}
