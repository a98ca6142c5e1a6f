//! Brotli with the dictionary of the format (`docs/format.md`, *Metadata*).
//!
//! In: the columns of the chunks, or their code. Out: the other one. Decoding takes the memory of the length that the caller allows,
//! and at most 2^24 bytes for brotli's window.

use std::io::{self, ErrorKind};

use brotli::enc::{BrotliEncoderParams, StandardAlloc};
use brotli::{
    BrotliCompressCustomIoCustomDict, BrotliDecompressStream, BrotliResult, BrotliState,
    IoReaderWrapper, IoWriterWrapper,
};

/// What usual metadata consists of; `docs/metadata_dictionary.py` made it.
static DICTIONARY: &[u8] = include_bytes!("dictionary.bin");

/// Bytes that the encoder takes and gives at a time.
const BUFFER_BYTES: usize = 1 << 14;
/// Bytes of a window that brotli does not use.
const WINDOW_GAP: usize = 16;
/// Exponents of the largest and the smallest window.
const LARGEST_WINDOW: u32 = 24;
const SMALLEST_WINDOW: u32 = 16;

/// The code of `plain`: `plain` itself if brotli makes it no smaller.
pub(super) fn code(plain: &[u8]) -> Vec<u8> {
    let coded = compressed(plain).unwrap_or_default();
    match (1..plain.len()).contains(&coded.len()) {
        true => coded,
        false => plain.to_vec(),
    }
}

fn compressed(plain: &[u8]) -> io::Result<Vec<u8>> {
    let reached = DICTIONARY.len() + plain.len() + WINDOW_GAP;
    let window = reached.next_power_of_two().trailing_zeros();
    let parameters = BrotliEncoderParams {
        quality: 11,
        lgwin: window.clamp(SMALLEST_WINDOW, LARGEST_WINDOW) as i32,
        size_hint: plain.len(),
        ..BrotliEncoderParams::default()
    };
    let mut coded = Vec::new();
    BrotliCompressCustomIoCustomDict(
        &mut IoReaderWrapper(&mut &plain[..]),
        &mut IoWriterWrapper(&mut coded),
        &mut [0; BUFFER_BYTES],
        &mut [0; BUFFER_BYTES],
        &parameters,
        StandardAlloc::default(),
        &mut |_, _, _, _| (),
        DICTIONARY,
        ErrorKind::UnexpectedEof.into(),
    )?;
    Ok(coded)
}

/// What `coded` is the code of: `length` bytes.
pub(super) fn decode(coded: &[u8], length: usize) -> Result<Vec<u8>, &'static str> {
    if coded.len() == length {
        return Ok(coded.to_vec());
    }
    if coded.len() > length {
        return Err("coded_length is larger than metadata_length");
    }
    let alloc = StandardAlloc::default;
    let dictionary = DICTIONARY.to_vec().into();
    let mut state = BrotliState::new_with_custom_dictionary(alloc(), alloc(), alloc(), dictionary);
    state.large_window = false;
    let mut plain = vec![0; length];
    let (mut left, mut taken, mut room, mut made) = (coded.len(), 0, length, 0);
    let result = BrotliDecompressStream(
        &mut left, &mut taken, coded, &mut room, &mut made, &mut plain, &mut 0, &mut state,
    );
    match (result, left, room) {
        (BrotliResult::ResultSuccess, 0, 0) => Ok(plain),
        _ => Err("the brotli stream is damaged or has the wrong length"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(decode(&coded, plain.len()).as_deref(), Ok(&plain[..]));
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
        let coded = code(&plain);
        assert!(coded.len() < plain.len() / 10);
        assert_eq!(decode(&coded, plain.len()), Ok(plain.clone()));
        for (coded, length) in [
            (&coded[..], plain.len() - 1),
            (&coded[..], plain.len() + 1),
            (&coded[..coded.len() - 1], plain.len()),
            (&[&coded[..], &[0]].concat()[..], plain.len()),
            // A window of 2^30 bytes, which is not brotli's.
            (&[0x11, 0x1e, 0x03][..], 5),
            (&plain[..9], 8),
        ] {
            assert!(decode(coded, length).is_err(), "{length}");
        }
    }
}
