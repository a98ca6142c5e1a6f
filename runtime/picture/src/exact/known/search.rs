//! Finds the encoder that made a stream.

use std::io::Read;

use flate2::bufread::DeflateDecoder;

use crate::exact::known::candidates::{LIBDEFLATE_BLOCK, candidates};
use crate::exact::known::compression::compress;
use crate::exact::known::encoder::Encoder;
use crate::exact::known::first_block::FirstBlock;

/// Bytes of a stream after which a trial counts as long.
const LONG: usize = 1 << 16;
/// The most long trials that may fail.
const LONG_TRIALS: usize = 3;
/// The end of a flushed stream: an empty stored block and an empty last one.
const FLUSH: &[u8] = &[0, 0, 0xff, 0xff, 3, 0];

/// A stream and its encoder.
pub(crate) struct FoundEncoder {
    pub(crate) encoder: Encoder,
    /// The plain text to which the stream inflates.
    pub(crate) plain: Vec<u8>,
    /// Bytes of the deflate stream.
    pub(crate) length: usize,
}

/// Finds the encoder of the zlib stream with this head and a deflate stream at the front of `deflate`, which inflates
/// to the bytes of rows of these lengths. Each encoder is dropped at the first byte that differs.
pub(crate) fn find(head: [u8; 2], deflate: &[u8], rows: &[usize]) -> Option<FoundEncoder> {
    let block = FirstBlock::of(deflate)?;
    let most: usize = rows.iter().sum();
    let mut decoder = DeflateDecoder::new(deflate);
    let mut plain = Vec::new();
    let read = decoder
        .by_ref()
        .take(most as u64 + 1)
        .read_to_end(&mut plain);
    if read.ok()? != most {
        return None;
    }
    let length = decoder.total_in() as usize;
    let deflate = &deflate[..length];
    let candidates = candidates(head, &block, deflate.ends_with(FLUSH));
    let mut long_trials = 0;
    for encoder in candidates {
        match trial(encoder, &plain, rows, deflate, &block) {
            Ok(()) => {
                return Some(FoundEncoder {
                    encoder,
                    plain,
                    length,
                });
            }
            Err(same) if same >= LONG => long_trials += 1,
            Err(_) => {}
        }
        if long_trials == LONG_TRIALS {
            return None;
        }
    }
    None
}

/// Whether the encoder makes the stream. The error is the number of bytes that are equal, at least.
fn trial(
    encoder: Encoder,
    plain: &[u8],
    rows: &[usize],
    deflate: &[u8],
    block: &FirstBlock,
) -> Result<(), usize> {
    if matches!(encoder, Encoder::Libdeflate { .. }) && !block.is_last {
        let start = &plain[..plain.len().min(LIBDEFLATE_BLOCK)];
        let first = &deflate[..block.bytes];
        let same = compress(encoder, start, rows, |made| made.starts_with(first));
        same.ok_or(0usize)?;
    }
    let mut rest = deflate;
    let made = compress(encoder, plain, rows, |made| {
        let is_same = rest.starts_with(made);
        if is_same {
            rest = &rest[made.len()..];
        }
        is_same
    });
    match made {
        Some(()) if rest.is_empty() => Ok(()),
        _ => Err(deflate.len() - rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::known::compression::tests::{encoder, made, plain};

    fn head(bytes: &[u8]) -> [u8; 2] {
        let window_bits = bytes.get(4).copied().unwrap_or(15);
        let speed = match *bytes {
            [1 | 2, _, 2 | 3, ..] | [_, 1, ..] | [5] => 0,
            [4, 2 | 3, _] => 1,
            [4, 4..=8, _] => 2,
            [4, ..] => 3,
            [_, 2..=5, ..] => 1,
            [_, 6, ..] | [3, 7] => 2,
            _ => 3,
        };
        [((window_bits - 8) << 4) | 8, speed << 6]
    }

    #[test]
    fn the_encoder_of_a_stream_is_found() {
        let (plain, rows) = plain();
        // Up to some 20 rows are one block.
        for count in [400, 20, 1] {
            let (plain, rows) = (&plain[..251 * count], &rows[..count]);
            for bytes in [
                &[1, 1, 0, 9, 15][..],
                &[1, 3, 0, 8, 15],
                &[1, 4, 1, 8, 15],
                &[1, 6, 0, 8, 15],
                &[1, 6, 1, 9, 15],
                &[1, 6, 4, 8, 15],
                &[1, 7, 0, 8, 12],
                &[1, 8, 1, 9, 15],
                &[1, 9, 0, 8, 15],
                &[6, 9, 0, 8, 15],
                &[1, 1, 2, 8, 15],
                &[1, 1, 3, 8, 15],
                &[2, 1, 0, 8, 15, 1, 13],
                &[2, 2, 0, 8, 15, 1, 13],
                &[2, 6, 0, 8, 15, 0, 15],
                &[2, 6, 1, 9, 15, 1, 16],
                &[2, 9, 1, 9, 15, 1, 16],
                &[3, 1],
                &[3, 5],
                &[3, 9],
                &[3, 11],
                &[3, 12],
                &[4, 1, 0],
                &[4, 2, 0],
                &[4, 6, 0],
                &[4, 6, 1],
                &[4, 8, 0],
                &[4, 9, 0],
                &[4, 10, 0],
                &[5],
            ] {
                let mut stream = made(encoder(bytes), plain, rows);
                let length = stream.len();
                stream.extend(b"tail");
                let known = find(head(bytes), &stream, rows);
                let known = known.unwrap_or_else(|| panic!("{count} rows of {bytes:?}"));
                assert_eq!((&known.plain[..], known.length), (plain, length));
                assert_eq!(made(known.encoder, plain, rows), stream[..length]);
            }
        }
    }

    #[test]
    fn small_windows_may_be_written_for_large_ones() {
        let (plain, rows) = plain();
        let (plain, rows) = (&plain[..7 * 251], &rows[..7]);
        let stream = made(encoder(&[1, 9, 0, 8, 15]), plain, rows);
        assert!(find([0x38, 0xc0], &stream, rows).is_some());
    }

    #[test]
    fn other_streams_have_no_known_encoder() {
        let (plain, rows) = plain();
        let bytes = [1, 6, 0, 8, 15];
        let stream = made(encoder(&bytes), &plain, &rows);
        let found = |stream: &[u8], rows: &[usize]| find(head(&bytes), stream, rows).is_some();
        assert!(found(&stream, &rows));
        // Missing rows, one row too many, damage at the end, and a head that states another speed.
        assert!(!found(&stream, &rows[..399]));
        assert!(!found(&stream, &[&rows[..], &[1]].concat()));
        assert!(!found(&stream[..stream.len() - 1], &rows));
        assert!(find([0x78, 0xda], &stream, &rows).is_none());
        let other = [&stream[..20_000], &[!stream[20_000]], &stream[20_001..]].concat();
        assert!(!found(&other, &rows));
        assert!(!found(&[], &rows));
        assert!(!found(&[7; 9], &rows));
    }
}
