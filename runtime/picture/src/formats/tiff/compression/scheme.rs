//! A segment's bytes → its rows, by the compression scheme of the page, and how many of the bytes they took.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};

use crate::error::{Error, Result};
use crate::formats::tiff::compression::{group4, lzw};
use crate::formats::tiff::file::damaged;

/// A compression scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Group4,
    Lzw,
    Deflate,
    PackBits,
    /// JPEG.
    Lossy,
}

impl Compression {
    /// The scheme of the field Compression. Refuses those that this crate does not read.
    pub(crate) fn of_number(number: u64) -> Result<Compression> {
        let found = match number {
            1 => return Ok(Compression::None),
            4 => return Ok(Compression::Group4),
            5 => return Ok(Compression::Lzw),
            8 | 32946 => return Ok(Compression::Deflate),
            32773 => return Ok(Compression::PackBits),
            7 => return Ok(Compression::Lossy),
            2 => "CCITT run lengths (2)",
            3 => "CCITT group 3 (3)",
            6 => "JPEG as TIFF 6.0 has it (6)",
            32766 => "NeXT (32766)",
            32809 => "ThunderScan (32809)",
            34712 => "JPEG 2000 (34712)",
            34887 => "LERC (34887)",
            34892 => "lossy JPEG (34892)",
            34925 => "LZMA (34925)",
            34933 => "PNG (34933)",
            50000 => "Zstandard (50000)",
            50001 => "WebP (50001)",
            50002 => "JPEG XL (50002)",
            _ => {
                return Err(Error::unsupported(format!(
                    "a TIFF of the unknown compression {number}"
                )));
            }
        };
        Err(Error::unsupported(format!(
            "a TIFF of the compression {found}"
        )))
    }

    /// Whether readers apply predictors with this scheme.
    pub(crate) fn has_predictor(self) -> bool {
        matches!(self, Compression::Lzw | Compression::Deflate)
    }

    /// Decodes `rows` rows of `row_bytes` each; returns them and how many bytes of `data` they took. `width` is in
    /// pixels.
    pub(crate) fn unpack(
        self,
        data: &[u8],
        width: usize,
        rows: usize,
        row_bytes: usize,
    ) -> Result<(Cow<'_, [u8]>, usize)> {
        let size = rows * row_bytes;
        let unpacked = match self {
            Compression::None => {
                let found = data.get(..size).ok_or_else(|| short(size, data.len()))?;
                return Ok((Cow::Borrowed(found), size));
            }
            Compression::Group4 => group4::unpack(data, width, rows),
            Compression::Lzw if data.starts_with(&[0, 1]) => {
                Err(Error::unsupported("a TIFF with LZW from before TIFF 5.0"))
            }
            Compression::Lzw => lzw::unpack(data, size),
            Compression::Deflate => inflate(data, size),
            Compression::PackBits => unpack_bits(data, size),
            Compression::Lossy => Err(Error::unsupported("a TIFF with JPEG compression")),
        };
        unpacked.map(|(rows, used)| (Cow::Owned(rows), used))
    }
}

fn short(expected: usize, found: usize) -> Error {
    damaged(format!(
        "a strip or tile: expected {expected} bytes of pixels, found {found}"
    ))
}

/// Inflates a zlib stream and verifies its checksum. Bytes of rows after the last one count as not taken.
fn inflate(data: &[u8], size: usize) -> Result<(Vec<u8>, usize)> {
    let mut stream = Decompress::new(true);
    let mut out = vec![0; size + 1];
    loop {
        let before = (stream.total_in(), stream.total_out());
        let (input, output) = (before.0 as usize, before.1 as usize);
        let status = stream
            .decompress(&data[input..], &mut out[output..], FlushDecompress::None)
            .map_err(|error| {
                let place = format!("deflate, byte {input:#x} of a strip or tile");
                Error::undecodable("TIFF", place, error)
            })?;
        if stream.total_out() as usize > size {
            out.truncate(size);
            return Ok((out, 0));
        }
        if status == Status::StreamEnd {
            break;
        }
        if (stream.total_in(), stream.total_out()) == before {
            return Err(damaged(
                "deflate: expected the end of the stream, found the end of a strip or tile",
            ));
        }
    }
    if (stream.total_out() as usize) < size {
        return Err(short(size, stream.total_out() as usize));
    }
    out.truncate(size);
    Ok((out, stream.total_in() as usize))
}

/// Unpacks literals and runs (PackBits).
fn unpack_bits(data: &[u8], size: usize) -> Result<(Vec<u8>, usize)> {
    let mut out = Vec::with_capacity(size);
    let mut at = 0;
    while out.len() < size {
        let head = data.get(at).ok_or_else(|| short(size, out.len()))?;
        let count = usize::from(*head);
        let taken = match head {
            0..=127 => {
                let literal = data.get(at + 1..at + 2 + count);
                out.extend_from_slice(literal.ok_or_else(|| short(size, out.len()))?);
                count + 2
            }
            // No operation.
            128 => 1,
            129.. => {
                let byte = data.get(at + 1).ok_or_else(|| short(size, out.len()))?;
                out.resize(out.len() + 257 - count, *byte);
                2
            }
        };
        at += taken;
    }
    if out.len() > size {
        return Err(damaged(format!(
            "PackBits: expected {size} bytes of pixels, found a longer run"
        )));
    }
    Ok((out, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_are_unpacked() {
        let data = [2, 1, 2, 3, 128, 254, 9, 77];
        let (bytes, used) = unpack_bits(&data, 6).expect("six bytes");
        assert_eq!((bytes, used), (vec![1, 2, 3, 9, 9, 9], 7));
        assert!(unpack_bits(&data, 5).is_err());
        assert!(unpack_bits(&data[..6], 6).is_err());
    }
}
