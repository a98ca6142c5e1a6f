//! Run lengths of 8 and 4 bits → palette indices, bottom row first.

use crate::error::{Error, Result};
use crate::formats::bmp::header::damaged;

/// The fewest literal pixels that have an escape of their own.
pub(crate) const LEAST_LITERAL: usize = 3;

/// A code of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Operation<'a> {
    /// Pixels of one value, or two in turn.
    Run {
        count: u8,
        value: u8,
    },
    /// Pixels, and the padding of their bytes to an even number.
    Literal {
        count: u8,
        bytes: &'a [u8],
        padding: &'a [u8],
    },
    RowEnd,
    End,
}

/// The codes of a stream.
pub(crate) struct Operations<'a> {
    data: &'a [u8],
    at: usize,
    bits: usize,
}

impl<'a> Operations<'a> {
    /// Starts at the first code of pixels of 8 or 4 bits.
    pub(crate) fn new(data: &'a [u8], bits: usize) -> Operations<'a> {
        Operations { data, at: 0, bits }
    }

    /// Takes the next code. Refuses codes that leave out pixels.
    pub(crate) fn take(&mut self) -> Result<Operation<'a>> {
        let &[count, value] = self.bytes(2)? else {
            return Err(Error::Truncated { format: "BMP" });
        };
        Ok(match (count, value) {
            (0, 0) => Operation::RowEnd,
            (0, 1) => Operation::End,
            (0, 2) => return Err(skipped()),
            (0, count) => {
                let bytes = (usize::from(count) * self.bits).div_ceil(8);
                Operation::Literal {
                    count,
                    bytes: self.bytes(bytes)?,
                    padding: self.bytes(bytes % 2)?,
                }
            }
            (count, value) => Operation::Run { count, value },
        })
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let bytes = self.data.get(self.at..self.at + count);
        self.at += count;
        bytes.ok_or(Error::Truncated { format: "BMP" })
    }
}

/// The indices, and how many bytes they took.
pub(crate) struct Unpacked {
    /// One byte per pixel, in the order of the file.
    pub(crate) indices: Vec<u8>,
    /// Bytes up to and including the end of the bitmap.
    pub(crate) used: usize,
    /// Whether there is padding that is not zero.
    pub(crate) has_padding: bool,
    /// Whether rows have pixels beyond their width.
    pub(crate) has_excess: bool,
}

/// Reads runs until the end of the bitmap. Refuses streams that leave out pixels. Rows may be as wide as those of a
/// plain bitmap, which are a multiple of four bytes: ImageMagick codes these.
pub(crate) fn unpack(data: &[u8], width: usize, height: usize, bits: u16) -> Result<Unpacked> {
    let bits = usize::from(bits);
    let mut operations = Operations::new(data, bits);
    let mut rows = UnpackedRows {
        width,
        height,
        bits,
        row: Vec::with_capacity(width),
        indices: Vec::with_capacity(width * height),
        has_excess: false,
    };
    let mut has_padding = false;
    loop {
        let operation = operations.take()?;
        let at = operations.at;
        match operation {
            Operation::RowEnd => rows.end(at)?,
            Operation::End => {
                if !(rows.is_whole() && rows.row.is_empty()) {
                    rows.end(at)?;
                }
                if !rows.is_whole() {
                    return Err(skipped());
                }
                break;
            }
            Operation::Literal {
                count,
                bytes,
                padding,
            } => {
                rows.push(count, at, |index| bytes[index])?;
                // The last of an odd number of pixels shares its byte with padding.
                let has_half = bits == 4 && count % 2 == 1;
                has_padding |= has_half && bytes.last().is_some_and(|byte| byte & 15 != 0);
                has_padding |= padding.iter().any(|&byte| byte != 0);
            }
            Operation::Run { count, value } => {
                // A run of one pixel does not use the second one of its byte.
                let [high, low] = [value >> 4, value & 15];
                has_padding |= bits == 4 && count == 1 && low != 0 && low != high;
                rows.push(count, at, |_| value)?;
            }
        }
    }
    Ok(Unpacked {
        indices: rows.indices,
        used: operations.at,
        has_padding,
        has_excess: rows.has_excess,
    })
}

fn skipped() -> Error {
    Error::unsupported("a BMP whose run lengths skip pixels")
}

struct UnpackedRows {
    width: usize,
    height: usize,
    bits: usize,
    row: Vec<u8>,
    indices: Vec<u8>,
    has_excess: bool,
}

impl UnpackedRows {
    fn is_whole(&self) -> bool {
        self.indices.len() == self.width * self.height
    }

    /// Adds `count` pixels, whose codes end at byte `at`; `byte` returns a byte by its number.
    fn push(&mut self, count: u8, at: usize, byte: impl Fn(usize) -> u8) -> Result<()> {
        let longest = (self.width * self.bits).next_multiple_of(32) / self.bits;
        if self.row.len() + usize::from(count) > longest {
            return Err(damaged(format!(
                "byte {at:#x} of the pixels: expected rows of {} pixels, found a longer run",
                self.width
            )));
        }
        let pixel = |index| match (self.bits, index % 2) {
            (8, _) => byte(index),
            (_, 0) => byte(index / 2) >> 4,
            _ => byte(index / 2) & 15,
        };
        self.row.extend((0..count.into()).map(pixel));
        Ok(())
    }

    /// Ends a row, at byte `at`.
    fn end(&mut self, at: usize) -> Result<()> {
        if self.is_whole() {
            return Err(damaged(format!(
                "byte {at:#x} of the pixels: expected the end of the bitmap, found another row"
            )));
        }
        if self.row.len() < self.width {
            return Err(skipped());
        }
        self.has_excess |= self.row.len() > self.width;
        self.row.truncate(self.width);
        self.indices.append(&mut self.row);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_fill_rows() {
        let unpacked =
            unpack(&[2, 7, 0, 3, 1, 2, 3, 9, 0, 0, 5, 4, 0, 1, 99], 5, 2, 8).expect("whole rows");
        assert_eq!(unpacked.indices, [7, 7, 1, 2, 3, 4, 4, 4, 4, 4]);
        assert_eq!((unpacked.used, unpacked.has_padding), (14, true));
        let unpacked = unpack(&[5, 0x12, 0, 0, 0, 1], 5, 1, 4).expect("a whole row");
        assert_eq!(unpacked.indices, [1, 2, 1, 2, 1]);
        assert!(!unpacked.has_padding);
        let data = [0, 3, 0x12, 0x34, 1, 0x57, 1, 0x66, 0, 0, 0, 1];
        let unpacked = unpack(&data, 5, 1, 4).expect("a whole row");
        assert_eq!(unpacked.indices, [1, 2, 3, 5, 6]);
        assert!(unpacked.has_padding);
        for (data, width) in [
            (&[0, 3, 0x12, 0x34, 0, 1][..], 3),
            (&[0, 5, 0x12, 0x34, 0x50, 0x60, 0, 1], 5),
            (&[1, 0x57, 0, 1], 1),
        ] {
            let unpacked = unpack(data, width, 1, 4).expect("a whole row");
            assert!(unpacked.has_padding, "{data:x?}");
        }
    }

    #[test]
    fn rows_may_have_padding_as_in_plain_bitmaps() {
        let unpacked = unpack(&[5, 7, 3, 0, 0, 0, 8, 2, 0, 1], 5, 2, 8).expect("whole rows");
        assert_eq!(unpacked.indices, [7, 7, 7, 7, 7, 2, 2, 2, 2, 2]);
        assert_eq!((unpacked.used, unpacked.has_excess), (10, true));
        assert!(unpack(&[8, 0x12, 0, 1], 5, 1, 4).expect("a row").has_excess);
        for (data, bits) in [(&[9, 7, 0, 1], 8), (&[9, 7, 0, 1], 4)] {
            let error = unpack(data, 5, 1, bits).err().expect("too long");
            assert!(matches!(error, Error::Damaged { .. }), "{error}");
        }
    }

    #[test]
    fn skipped_pixels_are_refused_and_long_rows_are_damage() {
        for data in [&[2, 7, 0, 1][..], &[5, 7, 0, 1], &[0, 2, 1, 1]] {
            assert!(matches!(
                unpack(data, 5, 2, 8),
                Err(Error::Unsupported { .. })
            ));
        }
        assert!(matches!(
            unpack(&[9, 7], 5, 2, 8),
            Err(Error::Damaged { .. })
        ));
        assert!(matches!(
            unpack(&[5, 7, 0], 5, 1, 8),
            Err(Error::Truncated { .. })
        ));
    }
}
