//! TIFF and BigTIFF ↔ pictures: every field is claimed where its value is used, every segment by the bytes that its
//! pixels take.

pub(crate) mod file;
pub(crate) mod tags;
pub(crate) mod fields;
pub(crate) mod page_format;
pub(crate) mod compression;
pub(crate) mod layout;
pub(crate) mod segments;
pub(crate) mod resolution;
pub(crate) mod metadata;
pub(crate) mod reader;
pub(crate) mod writer;
