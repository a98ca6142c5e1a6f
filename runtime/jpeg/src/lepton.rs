//! Lepton streams: the coefficients of a JPEG file coded with adaptive statistics, and everything else unchanged.
//!
//! One thread works, and the memory is known before any is taken.

use std::io::Cursor;

use lepton_jpeg::{
    EnabledFeatures, LeptonError, SingleThreadPool, decode_lepton, encode_lepton_verify,
};
use pxc_codec::{JpegFile, Limits};

use crate::error::{Error, Result, Source};
use crate::guarded::{Panicked, guarded};
use crate::lepton_header;

/// Rows and columns that a component may have beyond those of the image.
const PADDING: u64 = 32;
/// Bytes that the header of a stream may have beyond those of a small JPEG file: Lepton has one limit for both.
const HEADER_BYTES: u64 = 1 << 10;
/// Bytes of the coefficients of a pixel: three components of 16 bits.
const COEFFICIENT_BYTES: u64 = 6;

/// Encodes a JPEG file of this size as a Lepton stream, and restores it once to check.
pub(crate) fn encode(jpeg: &[u8], width: u32, height: u32, limits: &Limits) -> Result<Vec<u8>> {
    let features = features(width, height, jpeg.len() as u64, limits)?;
    let coded = guarded(|| encode_lepton_verify(jpeg, &features, &SingleThreadPool::default()));
    match coded {
        Ok(Ok((stream, _))) => Ok(stream),
        // Its message is about its own internals.
        Ok(Err(_)) | Err(_) => Err(Error::NotCoded),
    }
}

/// Decodes the JPEG file that a `.pxc` file holds, and compares it with its digest.
pub(crate) fn decode(file: &JpegFile<'_>, limits: &Limits) -> Result<Vec<u8>> {
    let length = lepton_header::check(file.stream, limits)?;
    let features = features(file.width, file.height, length, limits)?;
    let mut jpeg = Vec::new();
    let decoded = guarded(|| {
        let pool = SingleThreadPool::default();
        decode_lepton(&mut Cursor::new(file.stream), &mut jpeg, &features, &pool).map(drop)
    });
    flattened(decoded).map_err(|source| Error::undecodable("its Lepton stream", source))?;
    match JpegFile::digest_of(&jpeg) == file.digest {
        true => Ok(jpeg),
        false => Err(Error::damaged(
            "its Lepton stream: the digest does not match the file",
        )),
    }
}

/// What Lepton may do with a file of `length` bytes. Fails if that takes more memory than the limits allow.
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

/// Checks that the file has at least one bit for every block of 8 × 8 pixels. Fewer would make much work out of few
/// bytes.
fn check_proportion(width: u32, height: u32, length: u64) -> Result<()> {
    let blocks = u64::from(width.div_ceil(8)) * u64::from(height.div_ceil(8));
    match length.saturating_mul(8) >= blocks {
        true => Ok(()),
        false => Err(Error::damaged(format!(
            "{length} bytes are too few for {blocks} blocks of pixels"
        ))),
    }
}

/// Lepton's error in one line: its other lines name its own source files.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.to_string().lines().next().unwrap_or_default())]
struct Refused(LeptonError);

/// The result of Lepton, or why there is none.
fn flattened<T>(
    guarded: std::result::Result<std::result::Result<T, LeptonError>, Panicked>,
) -> std::result::Result<T, Source> {
    Ok(guarded?.map_err(Refused)?)
}
