//! Any bytes as an image file of any format that is read. What is read comes back from a `.pxc` file.

use pxc_codec::{DecodeOptions, EncodeOptions, Limits, decode, encode};
use pxc_picture::{ReadOptions, read_picture};

/// Larger images are read, and not compressed.
const MOST_PIXELS: u64 = 1024;

/// Reads an image file, and compresses what it holds.
pub fn picture(bytes: &[u8]) {
    let limits = Limits::DEFAULT
        .with_max_pixels(1 << 22)
        .with_max_memory(1 << 25)
        .with_max_metadata(1 << 20);
    let Ok(picture) = read_picture(bytes, &ReadOptions::new(limits).with_allow_lossy(true)) else {
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
}
