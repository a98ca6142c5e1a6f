//! Run lengths of 8 and 4 bits → palette indices, bottom row first.

use crate::error::{Error, Result};
use crate::formats::bmp::header::damaged;

/// The indices, and how many bytes they took.
pub(crate) struct Unpacked {
    /// One byte per pixel, in the order of the file.
    pub(crate) indices: Vec<u8>,
    /// Bytes up to and including the end of the bitmap.
    pub(crate) used: usize,
    /// Whether there is padding that is not zero.
    pub(crate) has_padding: bool,
}

/// Reads runs until the end of the bitmap. Refuses streams that leave out pixels.
pub(crate) fn unpack(data: &[u8], width: usize, height: usize, bits: u16) -> Result<Unpacked> {
    let mut runs = Runs {
        data,
        at: 0,
        width,
        bits,
        row: Vec::with_capacity(width),
    };
    let (mut indices, mut has_padding) = (Vec::with_capacity(width * height), false);
    loop {
        match runs.take()? {
            [0, end @ (0 | 1)] => {
                let is_last = end == 1;
                let is_behind = indices.len() == width * height;
                if !(is_last && is_behind && runs.row.is_empty()) {
                    runs.check_row(is_behind)?;
                    indices.append(&mut runs.row);
                }
                if is_last && indices.len() < width * height {
                    return Err(skipped());
                }
                if is_last {
                    break;
                }
            }
            [0, 2] => return Err(skipped()),
            [0, count] => {
                let bytes = (usize::from(count) * usize::from(bits)).div_ceil(8);
                let literal = runs.bytes(bytes)?;
                runs.push(usize::from(count), |index| literal[index])?;
                // The last of an odd number of pixels shares its byte with padding.
                let has_half = bits == 4 && count % 2 == 1;
                has_padding |= has_half && literal[bytes - 1] & 15 != 0;
                has_padding |= bytes % 2 == 1 && runs.bytes(1)? != [0];
            }
            [count, value] => {
                // A run of one pixel does not use the second one of its byte.
                let [high, low] = [value >> 4, value & 15];
                has_padding |= bits == 4 && count == 1 && low != 0 && low != high;
                runs.push(usize::from(count), |_| value)?;
            }
        }
    }
    Ok(Unpacked {
        indices,
        used: runs.at,
        has_padding,
    })
}

fn skipped() -> Error {
    Error::unsupported("a BMP whose run lengths skip pixels")
}

struct Runs<'a> {
    data: &'a [u8],
    at: usize,
    width: usize,
    bits: u16,
    row: Vec<u8>,
}

impl<'a> Runs<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let bytes = self.data.get(self.at..self.at + count);
        self.at += count;
        bytes.ok_or(Error::Truncated { format: "BMP" })
    }

    fn take(&mut self) -> Result<[u8; 2]> {
        let bytes = self.bytes(2)?;
        Ok([bytes[0], bytes[1]])
    }

    /// Adds `count` pixels; `byte` returns a byte by its number.
    fn push(&mut self, count: usize, byte: impl Fn(usize) -> u8) -> Result<()> {
        if self.row.len() + count > self.width {
            return Err(damaged(format!(
                "byte {:#x} of the pixels: expected rows of {} pixels, found a longer run",
                self.at, self.width
            )));
        }
        self.row
            .extend((0..count).map(|index| match (self.bits, index % 2) {
                (8, _) => byte(index),
                (_, 0) => byte(index / 2) >> 4,
                _ => byte(index / 2) & 15,
            }));
        Ok(())
    }

    fn check_row(&self, is_behind: bool) -> Result<()> {
        if is_behind {
            return Err(damaged(format!(
                "byte {:#x} of the pixels: expected the end of the bitmap, found another row",
                self.at
            )));
        }
        if self.row.len() < self.width {
            return Err(skipped());
        }
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
    fn skipped_pixels_are_refused_and_long_rows_are_damage() {
        for data in [&[2, 7, 0, 1][..], &[5, 7, 0, 1], &[0, 2, 1, 1]] {
            assert!(matches!(
                unpack(data, 5, 2, 8),
                Err(Error::Unsupported { .. })
            ));
        }
        assert!(matches!(
            unpack(&[6, 7], 5, 2, 8),
            Err(Error::Damaged { .. })
        ));
        assert!(matches!(
            unpack(&[5, 7, 0], 5, 1, 8),
            Err(Error::Truncated { .. })
        ));
    }
}
