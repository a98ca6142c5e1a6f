//! Windows and OS/2 bitmaps ↔ pictures.

pub(crate) mod header;
pub(crate) mod masks;
pub(crate) mod color_space;
pub(crate) mod runs;
pub(crate) mod rows;
pub(crate) mod reader;
pub(crate) mod writer;
