//! PBM, PGM, PPM and PAM files ↔ images.

pub(crate) mod header;
pub(crate) mod reader;
pub(crate) mod writer;
