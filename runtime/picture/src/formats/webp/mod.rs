//! WebP files ↔ pictures.

pub(crate) mod reader;
pub(crate) mod writer;
