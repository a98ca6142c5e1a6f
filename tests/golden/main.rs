//! Can old files be opened? Every file in fixtures/golden decodes to the image beside it, on every available backend.
//!
//! `cargo test --test golden -- --ignored write_missing` writes the golden files that are missing and changes none that
//! is there.

mod cases;
mod sample_formats;
mod images;
mod method_cases;
mod methods;
mod exact_files;
mod metadata;
mod decoding;

use std::path::PathBuf;

use pxc_test_harness::fixtures;

fn golden() -> PathBuf {
    fixtures().join("golden/v1")
}
