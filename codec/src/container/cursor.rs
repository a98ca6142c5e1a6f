//! Reads the bytes of a file from front to back. Errors name the field and its offset.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::error::Error;

/// Reads a file from front to back and keeps the offset.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes, offset: 0 }
    }

    /// Reads only `start..end`; offsets still count from the start of `bytes`.
    pub(crate) fn within(bytes: &'a [u8], start: u64, end: u64) -> Cursor<'a> {
        Cursor {
            bytes: &bytes[..end as usize],
            offset: start as usize,
        }
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset as u64
    }

    /// Bytes not yet read.
    pub(crate) fn remaining(&self) -> u64 {
        (self.bytes.len() - self.offset) as u64
    }

    pub(crate) fn take(&mut self, field: &'static str, count: u64) -> Result<&'a [u8], Error> {
        if count > self.remaining() {
            return Err(self.truncated(field, count));
        }
        let taken = &self.bytes[self.offset..][..count as usize];
        self.offset += taken.len();
        Ok(taken)
    }

    /// Everything that is not yet read.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.offset..];
        self.offset = self.bytes.len();
        rest
    }

    pub(crate) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Error> {
        let bytes = self.take(field, N as u64)?;
        let truncated = || self.truncated(field, N as u64);
        bytes.try_into().map_err(|_| truncated())
    }

    pub(crate) fn byte(&mut self, field: &'static str) -> Result<u8, Error> {
        self.array(field).map(|[byte]| byte)
    }

    pub(crate) fn varint(&mut self, field: &'static str) -> Result<u64, Error> {
        let start = self.offset();
        let mut value = 0u64;
        for shift in (0..).step_by(7) {
            let byte = self.byte(field)?;
            let bits = u64::from(byte & 0x7f);
            let padded = byte == 0 && shift > 0;
            if shift > 63 || (bits << shift) >> shift != bits || padded {
                return Err(Error::HeaderField {
                    field,
                    offset: start,
                    expected: "a varint below 2^64 without padding".to_owned(),
                    found: value,
                });
            }
            value |= bits << shift;
            if byte < 0x80 {
                break;
            }
        }
        Ok(value)
    }

    /// A varint in `legal`.
    pub(crate) fn count<N: TryFrom<u64> + PartialOrd + Display>(
        &mut self,
        field: &'static str,
        legal: RangeInclusive<N>,
    ) -> Result<N, Error> {
        let offset = self.offset();
        let found = self.varint(field)?;
        match N::try_from(found) {
            Ok(count) if legal.contains(&count) => Ok(count),
            _ => Err(Error::HeaderField {
                field,
                offset,
                expected: format!("{} to {}", legal.start(), legal.end()),
                found,
            }),
        }
    }

    fn truncated(&self, field: &'static str, needed: u64) -> Error {
        Error::Truncated {
            field,
            offset: self.offset(),
            needed,
            found: self.remaining(),
        }
    }
}
