//! Does damage cause clear errors? Truncation, flipped bytes, a wrong model and absurd sizes, through the command.
//!
//! `cargo test --test damage -- --ignored write_missing` writes the files of fixtures/corrupt that are missing and
//! changes none.

mod crafted;
mod corrupt;
mod bytes;
mod partial;
mod inputs;
mod large;
mod mutations;

use std::fs;

use pxc_test_harness::fixtures;

fn golden(name: &str) -> Vec<u8> {
    fs::read(fixtures().join("golden/v1").join(name)).expect("a golden file")
}
