//! Any bytes at all: `cargo +nightly fuzz run decode fuzz/corpus/decode fixtures/golden/v1`.

#![no_main]

#[path = "../../codec/tests/hashing_model/mod.rs"]
mod hashing_model;

use hashing_model::resolve;
use libfuzzer_sys::fuzz_target;
use pxc_codec::{DecodeOptions, Limits, decode, decode_partial};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        max_pixels: 1 << 16,
        max_memory: 1 << 24,
        max_metadata: 1 << 16,
    };
    let options = DecodeOptions {
        limits,
        ..Default::default()
    };
    let whole = decode(bytes, &resolve, &options);
    let partial = decode_partial(bytes, &resolve, &options);
    if let Ok(whole) = whole {
        let partial = partial.expect("what decodes as a whole decodes in part");
        assert!(partial.damaged.is_empty() && partial.warnings.is_empty());
        assert!(partial.image == whole.image);
    }
});
