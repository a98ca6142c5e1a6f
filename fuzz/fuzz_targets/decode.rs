//! Any bytes at all, with the header checksum put right so that the fields behind it are read: `fuzz/run decode`.

#![no_main]

#[path = "../../codec/tests/hashing_model/mod.rs"]
mod hashing_model;

use hashing_model::resolve;
use libfuzzer_sys::fuzz_target;
use pxc_codec::{DecodeOptions, Limits, Rect, decode, decode_partial, decode_region};

const LIMITS: Limits = Limits::DEFAULT
    .with_max_pixels(1 << 16)
    .with_max_memory(1 << 24)
    .with_max_metadata(1 << 16);
/// Bytes of signature and version.
const PREFIX: usize = 9;

fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut file = bytes.to_vec();
    let (mut length, mut at) = (0usize, PREFIX);
    loop {
        let byte = *file.get(at)?;
        length |= usize::from(byte & 0x7f).checked_shl((at - PREFIX) as u32 * 7)?;
        at += 1;
        if byte < 0x80 {
            break;
        }
    }
    let end = at.checked_add(length)?;
    let checksum = crc32fast::hash(file.get(..end)?).to_le_bytes();
    file.get_mut(end..end + 4)?.copy_from_slice(&checksum);
    Some(file)
}

fuzz_target!(|bytes: &[u8]| {
    let options = DecodeOptions::default().with_limits(LIMITS);
    let file = sealed(bytes).unwrap_or_else(|| bytes.to_vec());
    let whole = decode(&file, &resolve, &options);
    let partial = decode_partial(&file, &resolve, &options);
    if let Ok(partial) = &partial {
        let (width, height) = (partial.header.width, partial.header.height);
        let plain = partial.image.clone().expanded();
        assert_eq!(plain.format(), partial.header.expanded_format());
        let region = Rect {
            x: width as usize / 2,
            y: height as usize / 2,
            width: 1,
            height: 1,
        };
        let pixel = decode_region(&file, region, &resolve, &options);
        if let (Ok(pixel), Ok(whole)) = (&pixel, &whole) {
            let bytes = whole.image.format().pixel_bytes();
            let at = (region.y * width as usize + region.x) * bytes;
            assert_eq!(
                pixel.image.samples(),
                &whole.image.samples()[at..at + bytes]
            );
        }
        assert!(pixel.is_ok() || whole.is_err());
    }
    if let Ok(whole) = whole {
        let partial = partial.expect("what decodes as a whole decodes in part");
        assert!(partial.damaged.is_empty() && partial.warnings.is_empty());
        assert!(partial.image == whole.image);
    }
});
