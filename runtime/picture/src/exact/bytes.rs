//! A cursor over the bytes of a description, and what descriptions have in common.

use std::io::Read;

use flate2::read::DeflateDecoder;
use pxc_codec::Limits;
use pxc_codec::container::varint;

use crate::error::{Error, Result};

/// Bytes of the digest of a file.
pub(crate) const DIGEST_BYTES: usize = 8;
/// Most bytes of a body.
const LARGEST_BODY: u64 = 1 << 28;

/// The first bytes of the file's BLAKE3 digest.
pub(crate) fn digest(file: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut digest = [0; DIGEST_BYTES];
    digest.copy_from_slice(&blake3::hash(file).as_bytes()[..DIGEST_BYTES]);
    digest
}

/// The body of a description.
pub(crate) fn inflate(packed: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    DeflateDecoder::new(packed)
        .take(LARGEST_BODY.min(limits.max_memory))
        .read_to_end(&mut body)
        .map_err(|error| Error::description(error.to_string()))?;
    Ok(body)
}

/// Bytes that are still to be read.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let found = self.0.len();
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| Error::description(format!("expected {count} bytes, found {found}")))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub(crate) fn tag(&mut self) -> Result<[u8; 4]> {
        let tag = self.take(4)?;
        Ok([tag[0], tag[1], tag[2], tag[3]])
    }

    pub(crate) fn number(&mut self) -> Result<usize> {
        let number = varint::read(&mut self.0).and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| Error::description("a number is not legal"))
    }

    /// A length and as many bytes.
    pub(crate) fn block(&mut self) -> Result<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }
}

/// Writes what [`Bytes::block`] reads.
pub(crate) fn write_block(out: &mut Vec<u8>, block: &[u8]) {
    varint::write(out, block.len() as u64);
    out.extend_from_slice(block);
}
