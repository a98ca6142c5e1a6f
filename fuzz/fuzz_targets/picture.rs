//! Any bytes as an image file of any format that is read: `fuzz/run picture`. What is read comes back from a `.pxc` file.

#![no_main]
#![allow(dead_code, unreachable_pub)]

#[path = "../../src/formats.rs"]
mod formats;
#[path = "../../src/picture.rs"]
mod picture;
#[path = "../../src/png_reader.rs"]
mod png_reader;
#[path = "../../src/raster_reader.rs"]
mod raster_reader;
#[path = "../../src/tiff_fields.rs"]
mod tiff_fields;
#[path = "../../src/gif_reader.rs"]
mod gif_reader;
#[path = "../../src/pnm.rs"]
mod pnm;
#[path = "../../src/guarded.rs"]
mod guarded;
#[path = "../../src/metadata.rs"]
mod metadata;
#[path = "../../src/png_rows.rs"]
mod png_rows;

use libfuzzer_sys::fuzz_target;
use picture::read_picture;
use pxc_runtime::{DecodeOptions, EncodeOptions, Limits, decode, encode};

/// Larger images are read, and not compressed.
const MOST_PIXELS: u64 = 1024;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::DEFAULT
        .with_max_pixels(1 << 22)
        .with_max_memory(1 << 25)
        .with_max_metadata(1 << 20);
    let Ok(picture) = read_picture(bytes, true, &limits) else {
        return;
    };
    assert!(picture.image.pixels() <= limits.max_pixels);
    if picture.image.pixels() > MOST_PIXELS {
        return;
    }
    let options = EncodeOptions::default();
    let (file, _) = encode(&picture.image, &picture.metadata, None, &options).expect("legal");
    let no_model = |_| Ok(None);
    let decoded = decode(&file, &no_model, &DecodeOptions::default()).expect("a sound file");
    assert!(decoded.image == picture.image);
    assert!(decoded.header.metadata == picture.metadata);
});
