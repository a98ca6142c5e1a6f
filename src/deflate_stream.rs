//! A deflate stream as the corrections of a prediction (`docs/format.md`, *Exact PNG files*), by the library preflate-rs.
//!
//! In: a stream, or its plain bytes and the corrections. Out: the other one.
//!
//! Corrections from outside can keep the library busy for ever and take all memory: `deflate_process` sets bounds to that.

use std::io::Cursor;

use preflate_rs::{
    ExitCode, PreflateConfig, PreflateError, PreflateStreamProcessor, RecreateStreamProcessor,
};
use pxc_codec::container::varint;

use crate::exact_file::RebuildError;
use crate::guarded::guarded;

/// Bytes of a stream that are predicted together, unless a block is longer.
const STRETCH: usize = 1 << 18;
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
pub(crate) fn predict(deflate: &[u8], most: usize) -> Result<Predicted, ExitCode> {
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

/// A stretch of a stream.
pub(crate) struct Stretch<'a> {
    /// What it inflates to.
    pub(crate) text: &'a [u8],
    /// What the library needs besides.
    pub(crate) corrections: &'a [u8],
}

/// The stretches of a stream, in order; an error ends them.
pub(crate) struct Stretches<'a> {
    plain: &'a [u8],
    listed: &'a [u8],
}

impl<'a> Stretches<'a> {
    /// Those that are listed as [`Predicted::stretches`] are, of a stream that inflates to `plain`.
    pub(crate) fn new(plain: &'a [u8], listed: &'a [u8]) -> Stretches<'a> {
        Stretches { plain, listed }
    }

    /// Plain bytes that are still to come.
    pub(crate) fn plain_bytes(&self) -> usize {
        self.plain.len()
    }

    /// The longest stream that a description may have.
    pub(crate) fn longest_stream(&self) -> usize {
        let longest = self.plain_bytes().saturating_mul(EXPANSION);
        longest.saturating_add(LITTLE)
    }

    fn read(&mut self) -> Result<Stretch<'a>, RebuildError> {
        let text = varint::read(&mut self.listed).and_then(|length| take(&mut self.plain, length));
        let text = text.ok_or("a stretch has more bytes than the rows")?;
        let corrections =
            varint::read(&mut self.listed).and_then(|length| take(&mut self.listed, length));
        let corrections = corrections.ok_or("its corrections are truncated")?;
        Ok(Stretch { text, corrections })
    }
}

impl<'a> Iterator for Stretches<'a> {
    type Item = Result<Stretch<'a>, RebuildError>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.listed.is_empty()).then(|| self.read())
    }
}

/// Makes the stretches of one stream again, in order.
pub(crate) struct Maker(RecreateStreamProcessor);

impl Maker {
    /// At the front of a stream.
    pub(crate) fn new() -> Maker {
        Maker(RecreateStreamProcessor::new())
    }

    /// The bytes of the next stretch, or the library's kind of failure. Neither time nor memory has a bound.
    pub(crate) fn make(&mut self, text: &[u8], corrections: &[u8]) -> Result<Vec<u8>, ExitCode> {
        let made = predictor(|| self.0.recompress(&mut Cursor::new(text), corrections));
        made.map(|(stretch, _)| stretch)
    }
}

/// Makes a stream again that [`predict`] has described in this process.
pub(crate) fn make_trusted(stretches: Stretches<'_>) -> Result<Vec<u8>, RebuildError> {
    let longest = stretches.longest_stream();
    let mut maker = Maker::new();
    let mut deflate = Vec::new();
    for stretch in stretches {
        let Stretch { text, corrections } = stretch?;
        let made = maker.make(text, corrections);
        deflate.extend_from_slice(&made.map_err(|_| RebuildError::not_made())?);
        if deflate.len() > longest {
            return Err(RebuildError::too_long());
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
fn predictor<T>(work: impl FnOnce() -> Result<T, PreflateError>) -> Result<T, ExitCode> {
    match guarded(work) {
        Ok(result) => result.map_err(|error| error.exit_code()),
        Err(_) => Err(ExitCode::AssertionFailure),
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
            let made = make_trusted(Stretches::new(&predicted.plain, &predicted.stretches));
            assert_eq!(made.expect("makes"), deflate[..length]);
        }
        assert!(predict(&deflate, 7).is_err());
    }

    #[test]
    fn a_stream_that_is_much_longer_than_its_rows_is_refused() {
        let deflate = empty_blocks(60_000, *b"01234567");
        let predicted = predict(&deflate, 8).expect("predicts");
        assert!(predicted.stretches.len() * 50 < deflate.len());
        let made = make_trusted(Stretches::new(&predicted.plain, &predicted.stretches));
        assert!(matches!(made, Err(RebuildError::Damaged(reason)) if reason.contains("longer")));
    }
}
