//! The pixels of a JPEG file, its colour profile, EXIF and XMP.

use pxc_codec::{ColorType, Image, Limits, MetadataChunk};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

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
    /// Gray or RGB of 8 bits, as zune-jpeg decodes it. Decoders differ in rounding, and in how they enlarge colours of
    /// a lower resolution.
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
    // Metadata, and the decoder's copies of it.
    let limits = &limits.reserve(2 * jpeg.len() as u64)?;
    let mut headers = decoder(jpeg, ColorSpace::RGB);
    headers.decode_headers().map_err(failure)?;
    let metadata = metadata(&headers)?;
    let (stored, info) = headers
        .input_colorspace()
        .zip(headers.info())
        .ok_or_else(|| Error::damaged("its header"))?;
    let (color, made) = match stored {
        ColorSpace::Luma => (ColorType::Gray, ColorSpace::Luma),
        ColorSpace::LumaA | ColorSpace::RGBA => {
            return Err(Error::unsupported(format!("a JPEG of {stored:?} samples")));
        }
        _ => (ColorType::Rgb, ColorSpace::RGB),
    };
    let (width, height) = (info.width.into(), info.height.into());
    limits.check_image(width, height, color.channels() + COEFFICIENT_BYTES)?;
    let mut samples = vec![0; width as usize * height as usize * color.channels()];
    decoder(jpeg, made)
        .decode_into(&mut samples)
        .map_err(failure)?;
    Ok((Image::new(width, height, color, samples)?, metadata))
}

/// A decoder that makes samples of a colour space. It fills in what is missing.
fn decoder(jpeg: &[u8], made: ColorSpace) -> JpegDecoder<ZCursor<&[u8]>> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(made);
    JpegDecoder::new_with_options(ZCursor::new(jpeg), options)
}

fn metadata(headers: &JpegDecoder<ZCursor<&[u8]>>) -> Result<Vec<MetadataChunk>> {
    let mut chunks = Vec::new();
    if let Some(profile) = headers.icc_profile() {
        let chunk = icc_chunk(&profile);
        chunks.push(chunk.map_err(|error| Error::undecodable("its colour profile", error))?);
    }
    chunks.extend(headers.exif().map(|exif| exif_chunk(exif)));
    chunks.extend(headers.xmp().map(|xmp| xmp_chunk(xmp)));
    Ok(chunks)
}

fn failure(error: DecodeErrors) -> Error {
    match error {
        DecodeErrors::Unsupported(_) => Error::unknown("its kind of JPEG", error),
        _ => Error::undecodable("its image", error),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn the_decoder_s_error_is_kept() {
        let error = failure(DecodeErrors::ExhaustedData);
        assert_eq!(error.kind(), pxc_codec::ErrorKind::BadData);
        assert!(
            error
                .source()
                .is_some_and(|source| source.is::<DecodeErrors>())
        );
        let said = "damaged JPEG: its image: Exhausted data in the image";
        assert_eq!(pxc_codec::full_message(&error), said);
    }
}
