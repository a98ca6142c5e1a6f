//! Unsigned integers of variable length: seven bits per byte, lowest first, the high bit set on all but the last byte.
//!
//! In: a cursor into a file, or an integer. Out: the integer, or its bytes (`docs/format.md`, *Integers*).

use crate::error::Error;

/// Appends `value` in as few bytes as possible.
pub fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes an integer from the front of `bytes`. `None` if it is cut off, padded, or not below 2^64.
pub fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut cursor = Cursor::new(bytes);
    let value = cursor.varint("integer").ok()?;
    *bytes = &cursor.bytes[cursor.offset..];
    Some(value)
}

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

    fn truncated(&self, field: &'static str, needed: u64) -> Error {
        Error::Truncated {
            field,
            offset: self.offset(),
            needed,
            found: self.remaining(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_back() {
        for value in [0, 1, 127, 128, 300, 1 << 21, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            write(&mut bytes, value);
            assert_eq!(Cursor::new(&bytes).varint("width"), Ok(value));
            bytes.push(7);
            let mut rest = bytes.as_slice();
            assert_eq!((read(&mut rest), rest), (Some(value), &[7][..]));
        }
    }

    #[test]
    fn padding_overflow_and_truncation_are_refused() {
        for bytes in [&[0x80, 0][..], &[0xff; 10], &[0xff; 11], &[0x80], &[]] {
            assert!(Cursor::new(bytes).varint("width").is_err());
            assert_eq!(read(&mut &bytes[..]), None);
        }
    }
}
