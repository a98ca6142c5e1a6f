//! WebP files ↔ pictures.

mod pixels;
pub(crate) mod reader;
pub(crate) mod writer;
