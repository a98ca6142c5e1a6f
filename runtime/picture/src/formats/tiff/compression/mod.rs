//! Compressed segments → rows.

pub(crate) mod lzw;
pub(crate) mod group4;
pub(crate) mod scheme;
