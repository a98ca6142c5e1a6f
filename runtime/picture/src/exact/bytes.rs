//! A cursor over the bytes of a description, and what descriptions have in common.

use flate2::read::DeflateDecoder;
use pxc_codec::Limits;
use pxc_codec::container::varint;

use crate::bounded::read_whole;
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

/// Inflates the body of a description.
pub(crate) fn inflate(packed: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let most = LARGEST_BODY.min(limits.max_memory);
    let body = read_whole(DeflateDecoder::new(packed), most);
    match body.map_err(|source| Error::description_part("its body", source))? {
        Some(body) => Ok(body),
        None if most < LARGEST_BODY => Err(Error::memory_limit(limits)),
        None => Err(Error::description(format!(
            "expected a body of at most {LARGEST_BODY} bytes, found more"
        ))),
    }
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

    /// Reads a length and as many bytes.
    pub(crate) fn length_prefixed(&mut self) -> Result<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }
}

/// Writes what [`Bytes::length_prefixed`] reads.
pub(crate) fn write_length_prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    varint::write(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use pxc_codec::ErrorKind;

    use super::*;

    #[test]
    fn a_long_body_exceeds_a_limit_and_is_not_cut() {
        let packed = |count: u64| {
            let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
            let piece = vec![0; 1 << 20];
            for _ in 0..count.div_ceil(1 << 20) {
                packed.write_all(&piece).expect("memory");
            }
            packed.finish().expect("memory")
        };
        let body = packed(1 << 20);
        let limits = Limits::default().with_max_memory(1 << 20);
        assert_eq!(
            inflate(&body, &limits).map(|body| body.len()).ok(),
            Some(1 << 20)
        );
        let error = inflate(&body, &limits.with_max_memory((1 << 20) - 1)).expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
        let error = inflate(&packed(LARGEST_BODY + 1), &Limits::default()).expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::BadData, "{error}");
    }
}
