//! Classic zlib: the bytes that its `deflate` makes of an input that it gets at once.
//!
//! What zlib finds in chains of hashes of three bytes, this finds in chains of longer strings, and much sooner. Two
//! numbers keep it faithful: the farthest distance, and how many strings of the same hash zlib would have looked at
//! before ([matches](crate::exact::known::zlib::matches)).

pub(crate) mod index;
pub(crate) mod matches;
pub(crate) mod bit_writer;
pub(crate) mod huffman;
pub(crate) mod lengths;
pub(crate) mod block;
pub(crate) mod window;
pub(crate) mod levels;
