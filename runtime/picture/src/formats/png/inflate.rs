//! The data of `IDAT` → the filtered rows, and how many of its bytes they took.

use flate2::{Decompress, FlushDecompress, Status};

use crate::error::{Error, Result};
use crate::formats::png::chunks::damaged;

/// Bytes of surplus rows that are inflated at a time.
const SCRATCH: usize = 1 << 14;

/// The rows of an image.
pub(crate) struct Inflated {
    /// The filtered rows.
    pub(crate) rows: Vec<u8>,
    /// Bytes of the zlib stream.
    pub(crate) used: usize,
    /// Bytes that the stream inflates to after the last row.
    pub(crate) surplus: u64,
}

/// Inflates the zlib stream that `pieces` hold together to `size` bytes of rows. Verifies its checksum.
pub(crate) fn inflate<'a>(pieces: impl Iterator<Item = &'a [u8]>, size: usize) -> Result<Inflated> {
    let mut stream = Decompress::new(true);
    let mut rows = vec![0; size];
    let mut scratch = vec![0; SCRATCH];
    let mut is_done = false;
    for mut piece in pieces {
        while !is_done && !piece.is_empty() {
            let (input, output) = (stream.total_in(), stream.total_out());
            let out = match rows.get_mut(output as usize..) {
                Some(rest) if !rest.is_empty() => rest,
                _ => &mut scratch,
            };
            let status = stream
                .decompress(piece, out, FlushDecompress::None)
                .map_err(|error| {
                    let place = format!("IDAT, byte {input:#x} of its zlib stream");
                    Error::undecodable("PNG", place, error)
                })?;
            piece = &piece[(stream.total_in() - input) as usize..];
            is_done = status == Status::StreamEnd;
            if (stream.total_in(), stream.total_out()) == (input, output) && !is_done {
                return Err(damaged(format!(
                    "IDAT: no progress at byte {input:#x} of its zlib stream"
                )));
            }
        }
    }
    if !is_done {
        let found = stream.total_out();
        return Err(damaged(format!(
            "IDAT: expected a zlib stream of {size} bytes of rows and a checksum, found its end after {found} bytes of rows"
        )));
    }
    if stream.total_out() < size as u64 {
        let found = stream.total_out();
        return Err(damaged(format!(
            "IDAT: expected {size} bytes of rows, found {found}"
        )));
    }
    Ok(Inflated {
        rows,
        used: stream.total_in() as usize,
        surplus: stream.total_out() - size as u64,
    })
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn the_decoder_s_error_is_kept() {
        let read = inflate([&b"\x78\x9c\xff"[..]].into_iter(), 9);
        let error = read.err().expect("no legal block");
        let source = error.source().expect("the decoder's error");
        assert!(source.is::<flate2::DecompressError>());
        let said = "damaged PNG: IDAT, byte 0x0 of its zlib stream: deflate decompression error";
        assert!(pxc_codec::full_message(&error).starts_with(said));
    }
}
