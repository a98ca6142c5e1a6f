//! Lepton streams: the coefficients of a JPEG file with adaptive statistics, and everything else as it is.
//!
//! One thread works, and the memory is known before any is taken.

use std::io::Cursor;

use lepton_jpeg::{
    EnabledFeatures, LeptonError, SingleThreadPool, decode_lepton, encode_lepton_verify,
};
use pxc_codec::{JpegFile, Limits};

use crate::error::{Error, Result};
use crate::guarded::guarded;
use crate::lepton_header;

/// Rows and columns that a component may have beyond those of the image.
const PADDING: u64 = 32;
/// Bytes that the header of a stream may have beyond those of a small JPEG file: Lepton has one limit for both.
const HEADER_BYTES: u64 = 1 << 10;
/// Bytes of the coefficients of a pixel: three components of 16 bits.
const COEFFICIENT_BYTES: u64 = 6;

/// The Lepton stream of a JPEG file of this size, from which the file was restored once.
pub(crate) fn encode(jpeg: &[u8], width: u32, height: u32, limits: &Limits) -> Result<Vec<u8>> {
    let features = features(width, height, jpeg.len() as u64, limits)?;
    let coded = guarded(|| encode_lepton_verify(jpeg, &features, &SingleThreadPool::default()));
    let coded = coded.and_then(|coded| coded.map_err(reason));
    let refused =
        |reason| Error::unsupported(format!("a JPEG file that Lepton does not code ({reason})"));
    coded.map(|(stream, _)| stream).map_err(refused)
}

/// The JPEG file that a `.pxc` file holds, checked against its digest.
pub(crate) fn decode(file: &JpegFile<'_>, limits: &Limits) -> Result<Vec<u8>> {
    let damaged = |message: String| Error::damaged(format!("its Lepton stream: {message}"));
    let length = lepton_header::check(file.stream, limits)?;
    let features = features(file.width, file.height, length, limits)?;
    let mut jpeg = Vec::new();
    let decoded = guarded(|| {
        let pool = SingleThreadPool::default();
        decode_lepton(&mut Cursor::new(file.stream), &mut jpeg, &features, &pool).map(drop)
    });
    decoded
        .and_then(|decoded| decoded.map_err(reason))
        .map_err(damaged)?;
    match JpegFile::digest_of(&jpeg) == file.digest {
        true => Ok(jpeg),
        false => Err(damaged("the digest does not match the file".into())),
    }
}

/// What Lepton may do, for a file of `length` bytes. Fails if that takes more memory than the limits allow.
fn features(width: u32, height: u32, length: u64, limits: &Limits) -> Result<EnabledFeatures> {
    check_proportion(width, height, length)?;
    let pixels = (u64::from(width) + PADDING) * (u64::from(height) + PADDING);
    let bytes = pixels.saturating_mul(COEFFICIENT_BYTES);
    let bytes = bytes.saturating_add(length.saturating_mul(4));
    limits.reserve(bytes)?;
    let mut features = EnabledFeatures::compat_lepton_vector_write();
    features.max_jpeg_width = width;
    features.max_jpeg_height = height;
    let header = length.saturating_add(HEADER_BYTES);
    features.max_jpeg_file_size = u32::try_from(header).unwrap_or(u32::MAX);
    features.max_partitions = 1;
    features.max_processor_threads = 1;
    Ok(features)
}

/// A sound file has at least one bit for every block of 8 × 8 pixels. Fewer would make much work out of few bytes.
fn check_proportion(width: u32, height: u32, length: u64) -> Result<()> {
    let blocks = u64::from(width.div_ceil(8)) * u64::from(height.div_ceil(8));
    match length.saturating_mul(8) >= blocks {
        true => Ok(()),
        false => Err(Error::damaged(format!(
            "{length} bytes are too few for {blocks} blocks of pixels"
        ))),
    }
}

fn reason(error: LeptonError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
