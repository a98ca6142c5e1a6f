//! CCITT's group 4 (T.6) → packed rows, by the crate `fax`.

use std::cell::Cell;
use std::convert::Infallible;

use fax::Color;
use fax::decoder::{DecodeStatus, Group4Decoder, pels};

use crate::error::{Error, Result};
use crate::formats::tiff::file::damaged;

/// Whole bytes that the decoder reads ahead, unless the data ends.
const AHEAD: usize = 2;
/// The mark after the last row: twice the end of a line, 24 bits.
const END: u64 = 0x00_1001;
const END_BITS: usize = 24;

/// Decodes `height` rows of `width` bits; also returns how many bytes of the data they took, with the end mark where
/// one follows.
pub(crate) fn unpack(data: &[u8], width: usize, height: usize) -> Result<(Vec<u8>, usize)> {
    let Ok(columns) = u16::try_from(width) else {
        return Err(Error::unsupported("a fax of more than 65535 columns"));
    };
    let read = Cell::new(0usize);
    let zeros = std::iter::repeat_n(&0, 4);
    let bytes = data.iter().chain(zeros).map(|&byte| {
        read.set(read.get() + 1);
        Ok::<u8, Infallible>(byte)
    });
    let failed = |row| damaged(format!("group 4: expected {height} rows, found {row}"));
    let mut decoder = Group4Decoder::new(bytes, columns).map_err(|_| failed(0))?;
    let mut rows = Vec::with_capacity(width.div_ceil(8) * height);
    for row in 0..height {
        match decoder.advance() {
            Ok(DecodeStatus::Incomplete) => {}
            _ => return Err(failed(row)),
        }
        let start = rows.len();
        rows.resize(start + width.div_ceil(8), 0);
        for (x, color) in pels(decoder.transition(), columns).enumerate() {
            rows[start + x / 8] |= u8::from(color == Color::Black) << (7 - x % 8);
        }
    }
    let used = read.get().saturating_sub(AHEAD);
    if used > data.len() {
        return Err(failed(height - 1));
    }
    Ok((
        rows,
        used + end_mark(&data[used.saturating_sub(1)..]).saturating_sub(1),
    ))
}

/// How many of the bytes the end mark and the zeros up to the end of a byte take. The first byte may belong to the last
/// row.
fn end_mark(rest: &[u8]) -> usize {
    let bits = (0..5).fold(0, |bits, at| {
        bits << 8 | u64::from(*rest.get(at).unwrap_or(&0xff))
    });
    for shift in 1..=8 {
        let end = shift + END_BITS;
        let is_mark = bits >> (40 - end) & ((1 << END_BITS) - 1) == END;
        let bytes = end.div_ceil(8);
        let padding = bits >> (40 - 8 * bytes) & ((1 << (8 * bytes - end)) - 1);
        if is_mark && padding == 0 {
            return bytes;
        }
    }
    0
}
