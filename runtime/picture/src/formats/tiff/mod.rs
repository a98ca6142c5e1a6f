//! TIFF and BigTIFF → pictures: every field is claimed where its value is used, every block by the bytes that its
//! pixels take.

pub(crate) mod file;
pub(crate) mod names;
pub(crate) mod fields;
pub(crate) mod meaning;
pub(crate) mod compression;
pub(crate) mod layout;
pub(crate) mod blocks;
pub(crate) mod metadata;
pub(crate) mod reader;
pub(crate) mod writer;
