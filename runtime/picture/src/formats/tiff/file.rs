//! The header of a TIFF file and its directories, each a list of fields that say where their values are.

use std::ops::Range;

use crate::error::{Error, Result};

/// The most fields of a directory: one for each number that a field can have.
const MOST_FIELDS: u64 = 1 << 16;

/// The bytes of a file, and how it writes numbers.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) is_little: bool,
    is_big: bool,
}

/// One entry of a directory.
pub(crate) struct Field {
    pub(crate) tag: u16,
    pub(crate) kind: u16,
    pub(crate) count: u64,
    /// Where the entry is.
    pub(crate) entry: Range<usize>,
    /// Where the values are: in the entry or elsewhere; `None` if they are not in the file or of an unknown type.
    pub(crate) values: Option<Range<usize>>,
}

/// The fields of a page.
pub(crate) struct Directory {
    pub(crate) fields: Vec<Field>,
    /// Where the number of fields is.
    pub(crate) head: Range<usize>,
    /// Where the offset of the next directory is.
    pub(crate) link: Range<usize>,
    /// Where the next directory is; 0 for none.
    pub(crate) next: u64,
}

impl<'a> File<'a> {
    /// Reads the header; also returns its length and where the first directory is.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<(File<'a>, usize, u64)> {
        let is_little = bytes.starts_with(b"II");
        let mut file = File {
            bytes,
            is_little,
            is_big: false,
        };
        let version = file.number(2, 2)?;
        file.is_big = version == 43;
        if !file.is_big {
            return Ok((file, 8, file.number(4, 4)?));
        }
        let sizes = (file.number(4, 2)?, file.number(6, 2)?);
        if sizes != (8, 0) {
            let (size, zero) = sizes;
            return Err(damaged(format!(
                "byte 0x4: expected offsets of 8 bytes and 0, found {size} and {zero}"
            )));
        }
        Ok((file, 16, file.number(8, 8)?))
    }

    /// The number of `count` bytes at `at`.
    pub(crate) fn number(&self, at: usize, count: usize) -> Result<u64> {
        let end = at.checked_add(count);
        let bytes = end.and_then(|end| self.bytes.get(at..end));
        let bytes = bytes.ok_or(Error::Truncated { format: "TIFF" })?;
        let add = |sum, &byte: &u8| sum << 8 | u64::from(byte);
        Ok(match self.is_little {
            true => bytes.iter().rev().fold(0, add),
            false => bytes.iter().fold(0, add),
        })
    }

    /// Bytes of an offset.
    pub(crate) fn offset_bytes(&self) -> usize {
        if self.is_big { 8 } else { 4 }
    }

    /// The directory at an offset.
    pub(crate) fn directory(&self, offset: u64) -> Result<Directory> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let (head, entry) = if self.is_big { (8, 20) } else { (2, 12) };
        let count = self.number(start, head)?;
        if count > MOST_FIELDS {
            return Err(damaged(format!(
                "byte {start:#x}: expected at most {MOST_FIELDS} fields, found {count}"
            )));
        }
        let first = start + head;
        let size = usize::try_from(count)
            .ok()
            .and_then(|count| count.checked_mul(entry));
        let end = size.and_then(|size| first.checked_add(size));
        let end = end
            .filter(|&end| end <= self.bytes.len())
            .ok_or(Error::Truncated { format: "TIFF" })?;
        let fields = (first..end).step_by(entry).map(|at| self.field(at));
        Ok(Directory {
            fields: fields.collect::<Result<_>>()?,
            head: start..first,
            link: end..end + self.offset_bytes(),
            next: self.number(end, self.offset_bytes())?,
        })
    }

    fn field(&self, at: usize) -> Result<Field> {
        let (tag, kind) = (self.number(at, 2)? as u16, self.number(at + 2, 2)? as u16);
        let room = self.offset_bytes();
        let (count, value) = (self.number(at + 4, room)?, at + 4 + room);
        let size =
            value_bytes(kind).and_then(|size| usize::try_from(count).ok()?.checked_mul(size));
        let start = match size {
            Some(size) if size <= room => value,
            _ => usize::try_from(self.number(value, room)?).unwrap_or(usize::MAX),
        };
        let values = size.and_then(|size| Some(start..start.checked_add(size)?));
        Ok(Field {
            tag,
            kind,
            count,
            entry: at..value + room,
            values: values.filter(|values| values.end <= self.bytes.len()),
        })
    }
}

/// Bytes of a value of a type.
pub(crate) fn value_bytes(kind: u16) -> Option<usize> {
    Some(match kind {
        // BYTE, ASCII, SBYTE, UNDEFINED.
        1 | 2 | 6 | 7 => 1,
        // SHORT, SSHORT.
        3 | 8 => 2,
        // LONG, SLONG, FLOAT, IFD.
        4 | 9 | 11 | 13 => 4,
        // RATIONAL, SRATIONAL, DOUBLE, LONG8, SLONG8, IFD8.
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => return None,
    })
}

pub(crate) fn damaged(message: impl Into<String>) -> Error {
    Error::damaged("TIFF", message)
}
