//! Does damage end politely? Truncation, flipped bytes, a wrong model and absurd sizes, through the command.
//!
//! `cargo test --test damage -- --ignored` writes the files of fixtures/corrupt that are missing and changes none.

#[path = "../harness/mod.rs"]
mod harness;

mod crafted;
mod corrupt;
mod bytes;
mod partial;
mod inputs;
mod dry;

use std::fs;

use harness::fixtures;

fn golden(name: &str) -> Vec<u8> {
    fs::read(fixtures().join("golden/v1").join(name)).expect("a golden file")
}
