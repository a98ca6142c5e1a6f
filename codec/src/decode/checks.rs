//! What is compared with the header before the groups are decoded and after: length, digest.

use crate::container::header::{GroupEntry, Header};
use crate::error::Error;
use crate::image::digest::pixel_digest;
use crate::image::raster::Image;

/// All payloads must be there, and nothing after them.
pub(crate) fn check_length(header: &Header, bytes: &[u8]) -> Result<(), Error> {
    let missing = |&(_, entry): &(usize, &GroupEntry)| entry.payload(bytes).is_none();
    match header.groups.iter().enumerate().find(missing) {
        Some((group, entry)) => Err(truncated(group as u64, entry, bytes)),
        None => check_trailing(header, bytes),
    }
}

/// Nothing may follow the last payload.
pub(super) fn check_trailing(header: &Header, bytes: &[u8]) -> Result<(), Error> {
    let offset = header.file_bytes();
    match (bytes.len() as u64).saturating_sub(offset) {
        0 => Ok(()),
        count => Err(Error::TrailingBytes { offset, count }),
    }
}

/// The pixels must be those that were encoded.
pub(super) fn check_digest(header: &Header, image: &Image) -> Result<(), Error> {
    let (expected, found) = (header.pixel_digest, pixel_digest(image));
    match expected == found {
        true => Ok(()),
        false => Err(Error::PixelDigest { expected, found }),
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
