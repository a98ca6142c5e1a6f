//! Brotli with the dictionary of the format (`docs/format.md`, *Metadata*).
//!
//! In: the columns of the chunks, or their code. Out: the other one. Decoding takes the memory of the length that the
//! caller allows, and at most 2^24 bytes for brotli's window.

use brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderStateStruct};
use brotli::enc::{BrotliEncoderParams, StandardAlloc};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

use crate::error::Error;
use crate::work_meter::Monitor;

/// What usual metadata consists of; `docs/metadata_dictionary.py` made it.
static DICTIONARY: &[u8] = include_bytes!("dictionary.bin");

/// Bytes of code that the encoder gives at a time.
const BUFFER_BYTES: usize = 1 << 14;
/// Bytes that are encoded between two checks for cancellation. The coder ends a block there.
const STRETCH: usize = 1 << 16;
/// Bytes of code that are decoded between two checks for cancellation.
const CODED_STRETCH: usize = 1 << 12;
/// Bytes of a window that brotli does not use.
const WINDOW_GAP: usize = 16;
/// Bytes that brotli codes with its best quality, at about half a megabyte a second; more are coded with quality 9.
const BEST_QUALITY_BYTES: usize = 1 << 20;
/// Exponents of the largest and the smallest window.
const LARGEST_WINDOW: u32 = 24;
const SMALLEST_WINDOW: u32 = 16;

/// Codes `plain`; returns `plain` itself if brotli does not make it smaller.
///
/// # Errors
/// [`Error::Cancelled`] when the caller asks to stop.
pub(super) fn code(plain: &[u8], monitor: &Monitor<'_>) -> Result<Vec<u8>, Error> {
    let coded = compressed(plain, monitor)?.unwrap_or_default();
    Ok(match (1..plain.len()).contains(&coded.len()) {
        true => coded,
        false => plain.to_vec(),
    })
}

/// The brotli stream; `None` if the encoder fails.
fn compressed(plain: &[u8], monitor: &Monitor<'_>) -> Result<Option<Vec<u8>>, Error> {
    let reached = DICTIONARY.len() + plain.len() + WINDOW_GAP;
    let window = reached.next_power_of_two().trailing_zeros();
    let mut encoder = BrotliEncoderStateStruct::new(StandardAlloc::default());
    encoder.params = BrotliEncoderParams {
        quality: if plain.len() > BEST_QUALITY_BYTES {
            9
        } else {
            11
        },
        lgwin: window.clamp(SMALLEST_WINDOW, LARGEST_WINDOW) as i32,
        size_hint: plain.len(),
        ..BrotliEncoderParams::default()
    };
    encoder.set_custom_dictionary(DICTIONARY.len(), DICTIONARY);
    let mut coded = Vec::new();
    let mut stretches = plain.chunks(STRETCH).peekable();
    while let Some(stretch) = stretches.next() {
        monitor.ask()?;
        let operation = match stretches.peek() {
            Some(_) => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
            None => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
        };
        if !feed(&mut encoder, operation, stretch, &mut coded) {
            return Ok(None);
        }
    }
    Ok(Some(coded))
}

/// Codes a stretch; returns whether the encoder took it.
fn feed(
    encoder: &mut BrotliEncoderStateStruct<StandardAlloc>,
    operation: BrotliEncoderOperation,
    stretch: &[u8],
    coded: &mut Vec<u8>,
) -> bool {
    let (mut left, mut taken) = (stretch.len(), 0);
    let mut buffer = [0; BUFFER_BYTES];
    loop {
        let (mut room, mut made) = (buffer.len(), 0);
        let is_sound = encoder.compress_stream(
            operation,
            &mut left,
            stretch,
            &mut taken,
            &mut room,
            &mut buffer,
            &mut made,
            &mut None,
            &mut |_, _, _, _| (),
        );
        coded.extend_from_slice(&buffer[..made]);
        if !is_sound || (left == 0 && !encoder.has_more_output()) {
            return is_sound;
        }
    }
}

/// Decodes `coded` to `length` bytes.
///
/// # Errors
/// What is wrong with the code, or [`Error::Cancelled`] when the caller asks to stop.
pub(super) fn decode(
    coded: &[u8],
    length: usize,
    monitor: &Monitor<'_>,
) -> Result<Result<Vec<u8>, &'static str>, Error> {
    if coded.len() == length {
        return Ok(Ok(coded.to_vec()));
    }
    if coded.len() > length {
        return Ok(Err("coded_length is larger than metadata_length"));
    }
    let alloc = StandardAlloc::default;
    let dictionary = DICTIONARY.to_vec().into();
    let mut state = BrotliState::new_with_custom_dictionary(alloc(), alloc(), alloc(), dictionary);
    state.large_window = false;
    let mut plain = vec![0; length];
    let (mut room, mut made, mut used) = (length, 0, 0);
    let mut result = BrotliResult::NeedsMoreInput;
    for stretch in coded.chunks(CODED_STRETCH) {
        monitor.ask()?;
        let (mut left, mut taken) = (stretch.len(), 0);
        result = BrotliDecompressStream(
            &mut left, &mut taken, stretch, &mut room, &mut made, &mut plain, &mut 0, &mut state,
        );
        used += taken;
        if !matches!(result, BrotliResult::NeedsMoreInput) {
            break;
        }
    }
    Ok(match (result, room) {
        (BrotliResult::ResultSuccess, 0) if used == coded.len() => Ok(plain),
        _ => Err("the brotli stream is damaged or has the wrong length"),
    })
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::{Duration, Instant};

    use super::*;

    fn coded(plain: &[u8]) -> Vec<u8> {
        code(plain, &Monitor::silent()).expect("nobody asks to stop")
    }

    fn decoded(code: &[u8], length: usize) -> Result<Vec<u8>, &'static str> {
        decode(code, length, &Monitor::silent()).expect("nobody asks to stop")
    }

    /// Random numbers below 4096, as text.
    fn words(count: usize) -> String {
        let next = |state: &u64| {
            Some(
                state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1),
            )
        };
        let words = std::iter::successors(Some(7), next).map(|state: u64| state >> 52);
        words.take(count).map(|word| format!("{word} ")).collect()
    }

    #[test]
    fn the_dictionary_is_that_of_the_format() {
        let digest = blake3::hash(DICTIONARY).to_hex();
        assert_eq!(
            (DICTIONARY.len(), &digest[..16]),
            (27_645, "5bd097e115028098")
        );
    }

    /// The worked example of `docs/format.md`: old files stay readable, whatever an encoder makes.
    #[test]
    fn the_example_of_the_format_decodes() {
        let coded = [
            0x82, 0x05, 0x00, 0xbf, 0x80, 0x87, 0xec, 0x34, 0x13, 0x25, 0x2d, 0x88, 0x22, 0xa2,
            0x50, 0xa3, 0x07, 0xd0, 0xc3, 0x13, 0x62, 0x68, 0xa9, 0xf7, 0x2c, 0x41, 0x87, 0x02,
        ];
        let plain = b"\x02tEXtpHYs\x19\x09Software\0Adobe ImageReady\0\0\x0b\x13\0\0\x0b\x13\x01";
        assert_eq!(decoded(&coded, plain.len()).as_deref(), Ok(&plain[..]));
    }

    #[test]
    fn windows_and_lengths_are_bounded() {
        let plain: Vec<u8> = DICTIONARY
            .iter()
            .rev()
            .copied()
            .cycle()
            .take(300_000)
            .collect();
        let coded = coded(&plain);
        assert!(coded.len() < plain.len() / 10);
        assert_eq!(decoded(&coded, plain.len()), Ok(plain.clone()));
        for (coded, length) in [
            (&coded[..], plain.len() - 1),
            (&coded[..], plain.len() + 1),
            (&coded[..coded.len() - 1], plain.len()),
            (&[&coded[..], &[0]].concat()[..], plain.len()),
            // A window of 2^30 bytes, which is not brotli's.
            (&[0x11, 0x1e, 0x03][..], 5),
            (&plain[..9], 8),
        ] {
            assert!(decoded(coded, length).is_err(), "{length}");
        }
    }

    #[test]
    fn megabytes_of_metadata_take_seconds() {
        let text = words(1_500_000);
        // A busy machine may need several attempts.
        let is_fast = (0..3).any(|_| {
            let begin = Instant::now();
            let coded = coded(text.as_bytes());
            assert!(coded.len() < text.len() / 2);
            begin.elapsed() < Duration::from_secs(10)
        });
        assert!(is_fast);
    }

    /// Bytes that brotli cannot make smaller, and bytes that it can.
    #[test]
    fn long_metadata_is_coded_and_decoded_no_longer_than_its_caller_wants() {
        let noise = (0..3_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8);
        let text = (0..3_000_000u32).map(|n| b'a' + (n.wrapping_mul(n) >> 9) as u8 % 7);
        for plain in [noise.collect::<Vec<u8>>(), text.collect()] {
            let calls = AtomicU32::new(0);
            let fifth = |_| match calls.fetch_add(1, Ordering::Relaxed) {
                0..4 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            };
            let begin = Instant::now();
            let stopped = code(&plain, &Monitor::new(Some(&fifth), 1));
            assert_eq!(stopped.map(drop), Err(Error::Cancelled));
            assert!(begin.elapsed() < Duration::from_secs(5));
        }
        let text = words(60_000);
        let code = coded(text.as_bytes());
        assert!(code.len() > 10 * CODED_STRETCH && code.len() < text.len());
        let is_equal = decoded(&code, text.len()).is_ok_and(|found| found == text.as_bytes());
        assert!(is_equal);
        let calls = AtomicU32::new(0);
        let fifth = |_| match calls.fetch_add(1, Ordering::Relaxed) {
            0..4 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        let stopped = decode(&code, text.len(), &Monitor::new(Some(&fifth), 1));
        assert_eq!(stopped.map(drop), Err(Error::Cancelled));
    }
}
