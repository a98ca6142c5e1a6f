//! A cursor over the bytes of a description.

use pxc_codec::container::varint;

use crate::error::{Error, Result};

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
