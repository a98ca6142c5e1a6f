//! A deflate stream as the corrections of a prediction (`docs/format.md`, *Exact PNG files*), by the library preflate-rs.
//!
//! In: a stream, or its plain bytes and the corrections. Out: the other one. Stream and memory are bounded by the plain bytes and by the
//! limits, whatever the corrections are.

use std::io::Cursor;

use preflate_rs::{
    ExitCode, PreflateConfig, PreflateError, PreflateStreamProcessor, RecreateStreamProcessor,
};
use pxc_codec::varint;
use pxc_runtime::Limits;

use crate::exact_file::RebuildError;
use crate::guarded::guarded;

/// Bytes of a stream that are predicted together, unless a block is longer.
const STRETCH: usize = 1 << 18;
/// Bytes of memory, at most, that a byte of corrections asks for: runs of empty blocks take some 14,000.
const BLOW_UP: u64 = 1 << 15;
/// A stream is at most so many times as long as its plain bytes, and a little.
const EXPANSION: usize = 2;
const LITTLE: usize = 1 << 16;

/// A stream that was predicted.
pub(crate) struct Predicted {
    /// What it inflates to.
    pub(crate) plain: Vec<u8>,
    /// Its bytes.
    pub(crate) length: usize,
    /// For each stretch: bytes of its plain text and of its corrections, as varints, and the corrections.
    pub(crate) stretches: Vec<u8>,
}

/// Predicts the stream at the front of `deflate`, which inflates to `most` bytes at most; or says what kind of failure there was.
pub(crate) fn predict(deflate: &[u8], most: usize) -> Result<Predicted, String> {
    let predicted = predictor(|| predict_stretches(deflate, most, STRETCH));
    match predicted {
        // What a compressor does is estimated from the first stretch; the whole stream may tell more.
        Err(_) if deflate.len() > STRETCH => {
            predictor(|| predict_stretches(deflate, most, deflate.len()))
        }
        predicted => predicted,
    }
}

fn predict_stretches(
    deflate: &[u8],
    most: usize,
    stretch: usize,
) -> Result<Predicted, PreflateError> {
    let config = PreflateConfig {
        plain_text_limit: most + 1,
        verify_compression: false,
        ..PreflateConfig::default()
    };
    let mut processor = PreflateStreamProcessor::new(&config);
    let (mut plain, mut stretches) = (Vec::new(), Vec::new());
    let (mut start, mut length) = (0usize, stretch);
    while !processor.is_done() {
        let end = start.saturating_add(length).min(deflate.len());
        match processor.decompress(&deflate[start..end]) {
            Ok(result) => {
                let text = processor.plain_text().text();
                plain.extend_from_slice(text);
                varint::write(&mut stretches, text.len() as u64);
                varint::write(&mut stretches, result.corrections.len() as u64);
                stretches.extend_from_slice(&result.corrections);
                (start, length) = (start + result.compressed_size, stretch);
                if plain.len() > most {
                    return Err(PreflateError::new(ExitCode::PlainTextLimit, ""));
                }
                processor.shrink_to_dictionary();
            }
            Err(error) if error.exit_code() == ExitCode::ShortRead && end < deflate.len() => {
                length = length.saturating_mul(2);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Predicted {
        plain,
        length: start,
        stretches,
    })
}

/// Makes the stream again.
pub(crate) fn make(
    mut plain: &[u8],
    mut stretches: &[u8],
    limits: &Limits,
) -> Result<Vec<u8>, RebuildError> {
    let most = plain.len().saturating_mul(EXPANSION).saturating_add(LITTLE);
    let mut processor = RecreateStreamProcessor::new();
    let mut deflate = Vec::new();
    while !stretches.is_empty() {
        let text = varint::read(&mut stretches).and_then(|length| take(&mut plain, length));
        let text = text.ok_or("a stretch has more bytes than the rows")?;
        let corrections =
            varint::read(&mut stretches).and_then(|length| take(&mut stretches, length));
        let corrections = corrections.ok_or("its corrections are truncated")?;
        limits
            .reserve((corrections.len() as u64).saturating_mul(BLOW_UP))
            .map_err(RebuildError::Limit)?;
        let made = predictor(|| processor.recompress(&mut Cursor::new(text), corrections));
        let (made, _) =
            made.map_err(|reason| format!("its deflate stream cannot be made again ({reason})"))?;
        deflate.extend_from_slice(&made);
        if deflate.len() > most {
            return Err("its deflate stream is much longer than its rows".into());
        }
    }
    Ok(deflate)
}

fn take<'a>(bytes: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(count).ok()?)?;
    *bytes = rest;
    Some(taken)
}

/// What the library makes, or its kind of failure: its messages have several lines and name its own source files.
fn predictor<T>(work: impl FnOnce() -> Result<T, PreflateError>) -> Result<T, String> {
    match guarded(work) {
        Ok(result) => result.map_err(|error| format!("{:?}", error.exit_code())),
        Err(_) => Err("AssertionFailure".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Empty blocks with fixed codes, four in five bytes, and a stored block.
    fn empty_blocks(count: usize, text: [u8; 8]) -> Vec<u8> {
        let four = (0..4).fold(0u64, |bits, block| bits | 0b010 << (10 * block));
        let mut deflate = four.to_le_bytes()[..5].repeat(count / 4);
        deflate.extend([1, 8, 0, !8, !0]);
        deflate.extend(text);
        deflate
    }

    #[test]
    fn a_stream_comes_back_in_stretches() {
        let mut deflate = empty_blocks(40, *b"01234567");
        let length = deflate.len();
        deflate.extend(b"tail");
        for stretch in [1, 7, STRETCH] {
            let predicted = predict_stretches(&deflate, 8, stretch).expect("predicts");
            assert_eq!(
                (predicted.plain.as_slice(), predicted.length),
                (&b"01234567"[..], length)
            );
            let made = make(&predicted.plain, &predicted.stretches, &Limits::default());
            assert_eq!(made.expect("makes"), deflate[..length]);
        }
        assert!(predict(&deflate, 7).is_err());
    }

    #[test]
    fn corrections_cannot_ask_for_a_stream_without_end() {
        let deflate = empty_blocks(60_000, *b"01234567");
        let predicted = predict(&deflate, 8).expect("predicts");
        assert!(predicted.stretches.len() * 50 < deflate.len());
        let make = |limits: &Limits| make(&predicted.plain, &predicted.stretches, limits);
        let made = make(&Limits::default());
        assert!(matches!(made, Err(RebuildError::Damaged(reason)) if reason.contains("longer")));
        let limits = Limits {
            max_memory: 1 << 20,
            ..Limits::default()
        };
        assert!(matches!(make(&limits), Err(RebuildError::Limit(_))));
    }
}
