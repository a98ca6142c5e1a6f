//! Deflate streams of known encoders (`docs/format.md`, *PNG files*): the encoder's number and parameters stand for the
//! stream.
//!
//! In: the compressed pixels of a PNG file. Out: the encoder that makes exactly these, or none; later, from encoder and
//! rows, the stream again. **The bytes that the crates `zlib-rs`, `libdeflater`, `miniz_oxide` and `fdeflate` make are
//! part of the file format**, so their versions are pinned, and the tests below compare them with golden streams.

pub(crate) mod encoder;
mod zlib;
mod miniz;
mod compression;
pub(crate) mod stream;
mod first_block;
mod candidates;
pub(crate) mod search;
