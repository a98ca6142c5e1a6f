//! What is compared with the header before the groups are decoded and after: length, checksums, digest.

use crate::container::header::{GroupEntry, Header, Preview};
use crate::container::header_reader::read_header;
use crate::error::Error;
use crate::image::digest::pixel_digest;
use crate::image::raster::Image;
use crate::limits::Limits;

/// Reads the header of a file that is complete: preview and payloads are there and have their checksums, and nothing
/// follows.
/// Decodes no pixels, so it takes hardly longer than reading the file.
///
/// # Errors
/// The same as [`read_header`], and for a preview or payloads that are cut off or damaged.
pub fn check_file(bytes: &[u8], limits: &Limits) -> Result<Header, Error> {
    let header = read_header(bytes, limits)?;
    check_length(&header, bytes)?;
    if let Some(entry) = &header.preview {
        preview(entry, bytes)?;
    }
    for group in 0..header.groups.len() {
        payload(&header, group as u64, bytes)?;
    }
    Ok(header)
}

/// Checks that all payloads are there, and nothing after them.
pub(crate) fn check_length(header: &Header, bytes: &[u8]) -> Result<(), Error> {
    let missing = |&(_, entry): &(usize, &GroupEntry)| entry.payload(bytes).is_none();
    match header.groups.iter().enumerate().find(missing) {
        Some((group, entry)) => Err(truncated(group as u64, entry, bytes)),
        None => check_trailing(header, bytes),
    }
}

/// Checks that nothing follows the last payload.
pub(super) fn check_trailing(header: &Header, bytes: &[u8]) -> Result<(), Error> {
    let offset = header.file_bytes();
    match (bytes.len() as u64).saturating_sub(offset) {
        0 => Ok(()),
        count => Err(Error::TrailingBytes { offset, count }),
    }
}

/// Checks that the pixels are those that were encoded.
pub(super) fn check_digest(header: &Header, image: &Image) -> Result<(), Error> {
    let (expected, found) = (header.pixel_digest, pixel_digest(image));
    match expected == found {
        true => Ok(()),
        false => Err(Error::PixelDigest { expected, found }),
    }
}

/// The stream of the preview, which must be complete and match its checksum.
pub(super) fn preview<'a>(entry: &Preview, bytes: &'a [u8]) -> Result<&'a [u8], Error> {
    let (offset, expected) = (entry.offset, entry.checksum);
    let stream = entry.stream(bytes).ok_or(Error::Truncated {
        field: "preview",
        offset,
        needed: entry.length,
        found: (bytes.len() as u64).saturating_sub(offset),
    })?;
    match crc32fast::hash(stream) {
        found if found == expected => Ok(stream),
        found => Err(Error::PreviewChecksum {
            offset,
            expected,
            found,
        }),
    }
}

/// The payload of a group, which must be complete and match its checksum.
pub(crate) fn payload<'a>(header: &Header, group: u64, bytes: &'a [u8]) -> Result<&'a [u8], Error> {
    let entry = &header.groups[group as usize];
    let payload = entry.payload(bytes);
    let payload = payload.ok_or_else(|| truncated(group, entry, bytes))?;
    let (expected, found) = (entry.checksum, crc32fast::hash(payload));
    match expected == found {
        true => Ok(payload),
        false => Err(Error::GroupChecksum {
            group,
            offset: entry.offset,
            expected,
            found,
        }),
    }
}

fn truncated(group: u64, entry: &GroupEntry, bytes: &[u8]) -> Error {
    Error::GroupTruncated {
        group,
        offset: entry.offset,
        needed: entry.length,
        found: (bytes.len() as u64).saturating_sub(entry.offset),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::encode;
    use crate::image::sample_format::ColorType;
    use crate::options::EncodeOptions;

    #[test]
    fn damage_is_found_without_decoding() {
        let samples = (0..90u8).map(|n| n.wrapping_mul(n)).collect();
        let image = Image::new(10, 3, ColorType::Rgb, samples).expect("legal");
        let encoded = encode(&image, &[], None, &EncodeOptions::default());
        let (bytes, limits) = (encoded.expect("encodes").0, Limits::default());
        assert!(check_file(&bytes, &limits).is_ok());
        for at in 0..bytes.len() {
            assert!(check_file(&bytes[..at], &limits).is_err(), "{at} bytes");
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert!(check_file(&damaged, &limits).is_err(), "byte {at}");
        }
        assert!(check_file(&[&bytes[..], b"more"].concat(), &limits).is_err());
    }
}
