//! Finds the encoder that made a stream.

use std::io::Read;

use flate2::bufread::DeflateDecoder;

use crate::exact::known::candidates::candidates;
use crate::exact::known::compression::compress;
use crate::exact::known::encoder::Encoder;
use crate::exact::known::first_block::FirstBlock;

/// Bytes of a stream after which a trial is a long one.
const LONG: usize = 1 << 16;
/// Long trials that may fail.
const LONG_TRIALS: usize = 3;
/// Plain bytes that libdeflate looks at before it may end a block, and more.
const LOOKAHEAD: usize = 1 << 14;

/// A stream and its encoder.
pub(crate) struct Known {
    pub(crate) encoder: Encoder,
    /// The plain text to which it inflates.
    pub(crate) plain: Vec<u8>,
    /// Bytes of the deflate stream.
    pub(crate) length: usize,
}

/// Finds the encoder of the zlib stream with this head and a deflate stream at the front of `deflate`, which inflates to the bytes of
/// rows of these lengths. Each encoder is dropped at the first byte that differs.
pub(crate) fn find(head: [u8; 2], deflate: &[u8], rows: &[usize]) -> Option<Known> {
    let block = FirstBlock::of(deflate)?;
    let candidates = candidates(head, &block);
    if candidates.is_empty() {
        return None;
    }
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
    let mut long_trials = 0;
    for encoder in candidates {
        match trial(encoder, &plain, rows, deflate, &block) {
            Ok(()) => {
                return Some(Known {
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

/// Whether the encoder makes the stream. The error is the number of bytes that are the same, at the least.
fn trial(
    encoder: Encoder,
    plain: &[u8],
    rows: &[usize],
    deflate: &[u8],
    block: &FirstBlock,
) -> Result<(), usize> {
    if matches!(encoder, Encoder::Libdeflate { .. }) && !block.is_last {
        let start = &plain[..plain.len().min(block.plain + LOOKAHEAD)];
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
