//! JPEG files, byte for byte (`docs/format.md`, *JPEG files*): a JPEG file ↔ a `.pxc` file with its Lepton stream.
//!
//! Lepton codes the coefficients of a JPEG file with adaptive statistics, and everything else as it is. One thread works, and the
//! memory is known before any is taken.

mod header;

use std::io::Cursor;

use lepton_jpeg::{
    EnabledFeatures, LeptonError, SingleThreadPool, decode_lepton, encode_lepton_verify,
};
use pxc_codec::{JpegFile, Limits};

use crate::error::{Error, Result};
use crate::formats::input::InputFormat;
use crate::guarded::guarded;
use crate::lepton::header::OVERHEAD_BYTES;
use crate::picture::Picture;
use crate::read::{ReadOptions, read_picture};

/// Rows and columns that a component may have beyond those of the image.
const PADDING: u64 = 32;
/// Bytes of the coefficients of a pixel: three components of 16 bits.
const COEFFICIENT_BYTES: u64 = 6;

/// The bytes of a `.pxc` file that holds a JPEG file, and the picture that the file decodes to.
///
/// # Errors
/// For a file that [`read_picture`] does not read, and for one that Lepton does not code.
pub fn compress_jpeg(jpeg: &[u8], limits: &Limits) -> Result<(Vec<u8>, Picture)> {
    let picture = read_picture(jpeg, &ReadOptions::new(*limits).with_allow_lossy(true))?;
    if picture.source != InputFormat::Jpeg {
        return Err(Error::unsupported(format!(
            "{} as a JPEG file",
            picture.source.name()
        )));
    }
    let (width, height) = (picture.image.width(), picture.image.height());
    let features = features(width, height, jpeg.len() as u64, limits)?;
    let coded = guarded(|| encode_lepton_verify(jpeg, &features, &SingleThreadPool::default()));
    let coded = coded.and_then(|coded| coded.map_err(reason));
    let refused =
        |reason| Error::unsupported(format!("a JPEG file that Lepton does not code ({reason})"));
    let (stream, _) = coded.map_err(refused)?;
    let file = JpegFile {
        width,
        height,
        color: picture.image.color(),
        digest: JpegFile::digest_of(jpeg),
        stream: &stream,
    };
    let bytes = file
        .write(limits)
        .map_err(|source| Error::Limit { source })?;
    Ok((bytes, picture))
}

/// The JPEG file that a `.pxc` file holds, checked against its digest.
///
/// # Errors
/// For a damaged stream, and for one that needs more than the limits allow.
pub fn restore_jpeg(file: &JpegFile<'_>, limits: &Limits) -> Result<Vec<u8>> {
    let damaged = |message: String| Error::damaged("JPEG", format!("its Lepton stream: {message}"));
    let length = header::check(file.stream, limits)?;
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
        false => Err(damaged("the digest of the file is another one".into())),
    }
}

/// What Lepton may do, for a file of `length` bytes. Fails if that takes more memory than the limits allow.
fn features(width: u32, height: u32, length: u64, limits: &Limits) -> Result<EnabledFeatures> {
    let pixels = (u64::from(width) + PADDING) * (u64::from(height) + PADDING);
    let bytes = pixels.saturating_mul(COEFFICIENT_BYTES);
    let bytes = bytes.saturating_add(length.saturating_mul(4));
    limits
        .reserve(bytes)
        .map_err(|source| Error::Limit { source })?;
    let mut features = EnabledFeatures::compat_lepton_vector_write();
    features.max_jpeg_width = width;
    features.max_jpeg_height = height;
    // Lepton's own header counts, which is longer than a tiny file.
    let longest = length.saturating_add(OVERHEAD_BYTES);
    features.max_jpeg_file_size = u32::try_from(longest).unwrap_or(u32::MAX);
    features.max_partitions = 1;
    features.max_processor_threads = 1;
    Ok(features)
}

fn reason(error: LeptonError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, ImageEncoder};

    use super::*;

    fn jpeg(color: ExtendedColorType) -> Vec<u8> {
        jpeg_of_size(color, (150, 70))
    }

    fn jpeg_of_size(color: ExtendedColorType, (width, height): (u32, u32)) -> Vec<u8> {
        let samples: Vec<u8> = (0..width * height * u32::from(color.channel_count()))
            .map(|n| ((n * n) >> 9) as u8)
            .collect();
        let mut file = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut file, 80);
        encoder
            .write_image(&samples, width, height, color)
            .expect("a JPEG file");
        file.extend_from_slice(b"behind the end");
        file
    }

    fn restored(pxc: &[u8], limits: &Limits) -> Result<Vec<u8>> {
        let file = JpegFile::read(pxc, limits).expect("a sound file");
        restore_jpeg(&file.expect("a JPEG file"), limits)
    }

    #[test]
    fn files_come_back_byte_for_byte() {
        for color in [ExtendedColorType::L8, ExtendedColorType::Rgb8] {
            let file = jpeg(color);
            let (pxc, picture) = compress_jpeg(&file, &Limits::default()).expect("codes");
            assert!(pxc.len() < file.len(), "{} of {}", pxc.len(), file.len());
            assert_eq!((picture.image.width(), picture.image.height()), (150, 70));
            let found = restored(&pxc, &Limits::default()).expect("a sound stream");
            assert!(found == file);
        }
    }

    #[test]
    fn tiny_files_come_back() {
        for size in [(1, 1), (8, 8), (21, 12)] {
            let file = jpeg_of_size(ExtendedColorType::Rgb8, size);
            let (pxc, _) = compress_jpeg(&file, &Limits::default()).expect("codes");
            let found = restored(&pxc, &Limits::default()).expect("a sound stream");
            assert!(found == file, "{size:?}");
        }
    }

    #[test]
    fn memory_is_limited_on_both_sides() {
        let file = jpeg(ExtendedColorType::Rgb8);
        let limits = Limits::default().with_max_memory(100_000);
        assert!(matches!(
            compress_jpeg(&file, &limits),
            Err(Error::Limit { .. })
        ));
        let (pxc, _) = compress_jpeg(&file, &Limits::default()).expect("codes");
        assert!(matches!(restored(&pxc, &limits), Err(Error::Limit { .. })));
    }

    #[test]
    fn what_lepton_refuses_is_refused() {
        let file = jpeg(ExtendedColorType::L8);
        let png = b"\x89PNG\r\n\x1a\n";
        for bytes in [&file[..file.len() / 2], &png[..], &[]] {
            assert!(compress_jpeg(bytes, &Limits::default()).is_err());
        }
    }

    /// Streams whose checksums are right and whose content is not.
    #[test]
    fn hostile_streams_end_in_errors() {
        let source = jpeg(ExtendedColorType::Rgb8);
        let limits = Limits::default();
        let (pxc, _) = compress_jpeg(&source, &limits).expect("codes");
        let file = JpegFile::read(&pxc, &limits)
            .expect("sound")
            .expect("a JPEG file");
        for at in 0..file.stream.len() {
            let mut stream = file.stream.to_vec();
            stream[at] = stream[at].wrapping_add(1 + (at % 255) as u8);
            let changed = JpegFile {
                stream: &stream,
                ..file
            };
            if let Ok(found) = restore_jpeg(&changed, &limits) {
                assert!(found == source, "byte {at}");
            }
            let cut = JpegFile {
                stream: &file.stream[..at],
                ..file
            };
            if let Ok(found) = restore_jpeg(&cut, &limits) {
                assert!(found == source, "length {at}");
            }
        }
        let narrow = JpegFile { width: 8, ..file };
        assert!(restore_jpeg(&narrow, &limits).is_err());
    }
}
