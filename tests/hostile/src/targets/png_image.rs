//! Any bytes as a PNG file, checksums not compared. What is read comes back from a `.pxc` file.

use pxc_codec::{DecodeOptions, EncodeOptions, Limits, decode, encode};
use pxc_picture::{InputFormat, ReadOptions, read_picture};

/// Larger images are read, and not compressed.
const MOST_PIXELS: u64 = 4096;

/// Reads a PNG file, and compresses what it holds.
pub fn png_image(bytes: &[u8]) {
    let limits = Limits::DEFAULT
        .with_max_pixels(1 << 24)
        .with_max_memory(1 << 26)
        .with_max_metadata(1 << 20);
    if InputFormat::detect(bytes) != Some(InputFormat::Png) {
        return;
    }
    let Ok(png) = read_picture(bytes, &ReadOptions::new(limits)) else {
        return;
    };
    if png.image.pixels() > MOST_PIXELS {
        return;
    }
    let options = EncodeOptions::default();
    let (file, _) = encode(&png.image, &png.metadata, None, &options).expect("a legal image");
    let no_model = |_| Ok(None);
    let decoded = decode(&file, &no_model, &DecodeOptions::default()).expect("a sound file");
    assert!(decoded.image == png.image);
    assert!(decoded.header.metadata == png.metadata);
    let plain = decoded.image.expanded();
    assert_eq!(plain.format(), decoded.header.expanded_format());
}
