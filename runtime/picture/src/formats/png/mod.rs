//! PNG files ↔ image and metadata, for every colour type and bit depth.

pub(crate) mod chunks;
pub(crate) mod header;
pub(crate) mod inflate;
pub(crate) mod rows;
pub(crate) mod samples;
pub(crate) mod colors;
pub(crate) mod reader;
pub(crate) mod writer;
