//! Does damage end politely? Truncation, flipped bytes, a wrong model and absurd sizes, through the command.
//!
//! `cargo test --test damage -- --ignored` writes the files of fixtures/corrupt that are missing and changes none.

#[path = "../harness/mod.rs"]
mod harness;

#[path = "../../codec/tests/hashing_model/mod.rs"]
mod hashing_model;
#[path = "../../codec/tests/map_model/mod.rs"]
mod map_model;

#[path = "../../runtime/picture/tests/hostile/models.rs"]
mod models;
#[path = "../../runtime/picture/tests/hostile/nested.rs"]
mod nested;
#[path = "../../runtime/picture/tests/hostile/parts.rs"]
mod parts;
#[path = "../../runtime/picture/tests/hostile/changes.rs"]
mod changes;

mod crafted;
mod corrupt;
mod bytes;
mod partial;
mod inputs;
mod large;
mod mutations;

use std::fs;

use harness::fixtures;

fn golden(name: &str) -> Vec<u8> {
    fs::read(fixtures().join("golden/v1").join(name)).expect("a golden file")
}
