//! A deflate stream → its plain text and the corrections of a prediction, by preflate-rs.

use preflate_rs::{ExitCode, PreflateConfig, PreflateError, PreflateStreamProcessor};
use pxc_codec::container::varint;

use crate::exact::reason::Reason;
use crate::exact::recreation::preflate;
use crate::exact::stretches::{Predicted, StreamLimits};

/// Bytes of a stream that are predicted together, unless a block is longer.
const STRETCH: usize = 1 << 18;
/// The same at the front of a stream. If a description is too long, its first `FRONT` bytes mostly show it.
const SHORT_STRETCH: usize = 1 << 15;
const FRONT: usize = 1 << 17;
/// Bytes of memory that preflate-rs takes: for its tables, and for each literal or match of a stretch.
const TABLES: u64 = 1 << 24;
const PER_ITEM: u64 = 16;

fn cost(predicted: &Predicted) -> Reason {
    Reason::Cost {
        bytes: predicted.stretches.len() as u64,
    }
}

/// The limits of a stream.
#[derive(Clone, Copy)]
struct PredictionLimits {
    /// Most plain bytes.
    most: usize,
    /// Most bytes of stretches.
    max_bytes: usize,
}

/// Bytes that preflate-rs takes for stretches of this many bytes, which inflate to at most `plain` bytes in all:
/// tables, and for each literal or match a few bytes.
fn memory(stretch: usize, plain: usize) -> u64 {
    TABLES + PER_ITEM * (stretch.saturating_mul(8).min(plain) as u64)
}

/// Predicts the stream at the front of `deflate`, which may inflate to at most `plain` bytes. Stops early, with
/// [`Reason::Cost`], once the stretches take more than the longest description.
pub(crate) fn predict(
    deflate: &[u8],
    plain: usize,
    most: StreamLimits,
) -> Result<Predicted, Reason> {
    let needed = |stretch: usize| memory(stretch.min(deflate.len()), plain);
    if needed(STRETCH) > most.memory {
        return Err(Reason::other(format!(
            "memory limit: predicting its deflate stream takes {} bytes more than allowed",
            needed(STRETCH) - most.memory
        )));
    }
    let max_bytes = most.max_bytes;
    let limits = PredictionLimits {
        most: plain,
        max_bytes,
    };
    let whole = |front, stretch| preflate(|| predict_stretches(deflate, limits, front, stretch));
    if deflate.len() > STRETCH && max_bytes < FRONT {
        match whole(SHORT_STRETCH, STRETCH) {
            Ok(predicted) if predicted.stretches.len() <= max_bytes => return Ok(predicted),
            Ok(predicted) if predicted.length <= FRONT + SHORT_STRETCH => {
                return Err(cost(&predicted));
            }
            _ => {}
        }
    }
    // The library guesses the compressor's parameters from the first stretch. A longer one helps.
    let predicted = match whole(STRETCH, STRETCH) {
        Err(_) if deflate.len() > STRETCH && needed(deflate.len()) <= most.memory => {
            whole(deflate.len(), deflate.len())
        }
        predicted => predicted,
    };
    match predicted {
        Ok(predicted) if predicted.stretches.len() > max_bytes => Err(cost(&predicted)),
        Ok(predicted) => Ok(predicted),
        Err(_) => Err(Reason::DeflateStream),
    }
}

/// Predicts the stream in stretches of `front` bytes, up to `FRONT` bytes, and of `stretch` bytes, unless they take
/// more than `max_bytes` bytes.
fn predict_stretches(
    deflate: &[u8],
    PredictionLimits { most, max_bytes }: PredictionLimits,
    front: usize,
    stretch: usize,
) -> Result<Predicted, PreflateError> {
    let config = PreflateConfig {
        plain_text_limit: most + 1,
        verify_compression: false,
        ..PreflateConfig::default()
    };
    let mut processor = PreflateStreamProcessor::new(&config);
    let (mut plain, mut stretches) = (Vec::new(), Vec::new());
    let (mut start, mut length) = (0usize, front);
    while !processor.is_done() && stretches.len() <= max_bytes {
        let end = start.saturating_add(length).min(deflate.len());
        match processor.decompress(&deflate[start..end]) {
            Ok(result) => {
                let text = processor.plain_text().text();
                plain.extend_from_slice(text);
                varint::write(&mut stretches, text.len() as u64);
                varint::write(&mut stretches, result.corrections.len() as u64);
                stretches.extend_from_slice(&result.corrections);
                start += result.compressed_size;
                length = if start < FRONT { front } else { stretch };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::exact::recreation::recreate_trusted;
    use crate::exact::stretches::Stretches;

    const ENOUGH: StreamLimits = StreamLimits {
        max_bytes: usize::MAX,
        memory: u64::MAX,
    };

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
            let limits = PredictionLimits {
                most: 8,
                max_bytes: usize::MAX,
            };
            let predicted = predict_stretches(&deflate, limits, stretch, stretch);
            let predicted = predicted.expect("predicts");
            assert_eq!(
                (predicted.plain.as_slice(), predicted.length),
                (&b"01234567"[..], length)
            );
            let made = recreate_trusted(Stretches::new(&predicted.plain, &predicted.stretches));
            assert_eq!(made.expect("makes"), deflate[..length]);
        }
        assert!(matches!(
            predict(&deflate, 7, ENOUGH),
            Err(Reason::DeflateStream)
        ));
        assert!(matches!(
            predict(
                &deflate,
                8,
                StreamLimits {
                    max_bytes: 2,
                    ..ENOUGH
                }
            ),
            Err(Reason::Cost { bytes: 3.. })
        ));
        let little = StreamLimits {
            memory: TABLES,
            ..ENOUGH
        };
        assert!(matches!(
            predict(&deflate, 8, little),
            Err(Reason::Other { message }) if message.starts_with("memory limit: ")
        ));
    }

    #[test]
    fn a_stream_that_is_much_longer_than_its_rows_is_refused() {
        let deflate = empty_blocks(60_000, *b"01234567");
        let predicted = predict(&deflate, 8, ENOUGH).expect("predicts");
        assert!(predicted.stretches.len() * 50 < deflate.len());
        let made = recreate_trusted(Stretches::new(&predicted.plain, &predicted.stretches));
        assert!(matches!(made, Err(Error::DeflateLength)));
    }
}
