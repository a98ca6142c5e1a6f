//! Checks the header of a Lepton stream, since the decoder trusts every length in it.
//!
//! In: a stream. Out: the length of its JPEG file, which bounds everything in the header.

use std::io::Read;

use flate2::read::ZlibDecoder;
use pxc_codec::Limits;

use crate::error::{Error, Result};

/// Bytes before the deflated part.
const FIXED_BYTES: usize = 28;
/// Bytes of the description of a partition.
const PARTITION_BYTES: usize = 16;
/// What the deflated part may have besides parts of the JPEG file.
pub(super) const OVERHEAD_BYTES: u64 = 1 << 10;

/// Checks the header, and returns the length of the JPEG file.
pub(crate) fn check(stream: &[u8], limits: &Limits) -> Result<u64> {
    let fixed = stream.get(..FIXED_BYTES).ok_or_else(damaged)?;
    let length = u64::from(number(&fixed[20..]));
    limits.reserve(length)?;
    let deflated = number(&fixed[24..]) as usize;
    let deflated = stream[FIXED_BYTES..].get(..deflated).ok_or_else(damaged)?;
    // Restart counts take four bytes for two of the file.
    let most = 2 * length + OVERHEAD_BYTES;
    let mut plain = Vec::new();
    let inflated = ZlibDecoder::new(deflated)
        .take(most + 1)
        .read_to_end(&mut plain);
    if inflated.is_err() || plain.len() as u64 > most {
        return Err(damaged());
    }
    walk(&plain).ok_or_else(damaged)?;
    Ok(length)
}

/// Goes through the parts; `None` if one is unknown or longer than the data, or unless there is exactly one partition.
fn walk(plain: &[u8]) -> Option<()> {
    let mut partitions = 0;
    let mut rest = plain;
    while !rest.is_empty() {
        let (tag, tail) = rest.split_first_chunk::<3>()?;
        let skipped = match tag {
            b"HDR" | b"FRS" | b"GRB" | b"PGR" => 4 + counted(tail)?,
            b"CRS" => counted(tail)?.checked_mul(4)?.checked_add(4)?,
            b"P0D" => 1,
            b"EEE" => 28,
            b"HH\x01" => {
                partitions += 1;
                PARTITION_BYTES
            }
            _ => return None,
        };
        rest = tail.get(skipped..)?;
    }
    (partitions == 1).then_some(())
}

fn counted(bytes: &[u8]) -> Option<usize> {
    let count = bytes.get(..4)?;
    usize::try_from(number(count)).ok()
}

/// The number in the first four bytes.
fn number(bytes: &[u8]) -> u32 {
    bytes
        .first_chunk()
        .map_or(0, |first| u32::from_le_bytes(*first))
}

fn damaged() -> Error {
    Error::damaged("the header of its Lepton stream is not legal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_what_follows() {
        let partition = [&b"HH\x01"[..], &[0; PARTITION_BYTES]].concat();
        let with = |parts: &[&[u8]]| walk(&[&partition[..], &parts.concat()].concat());
        assert_eq!(
            with(&[b"HDR\x02\0\0\0ab", b"P0D\x01", b"CRS\x01\0\0\0abcd"]),
            Some(())
        );
        assert_eq!(walk(b"P0D\x01"), None);
        assert_eq!(with(&[&partition]), None);
        for part in [
            &b"HDR\x03\0\0\0ab"[..],
            b"GRB\xff\xff\xff\xff",
            b"CRS\xff\xff\xff\xffabcd",
            b"CRS\x02\0\0\0abcd",
            b"XYZ",
            b"P0",
        ] {
            assert_eq!(with(&[part]), None, "{part:?}");
        }
    }
}
