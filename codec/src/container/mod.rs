//! The bytes of a file around the payloads: header, integers, and the frame of a group's components.

pub(crate) mod cursor;
pub mod varint;
pub(crate) mod header;
pub(crate) mod metadata;
pub(crate) mod header_writer;
pub(crate) mod header_reader;
pub(crate) mod palette_field;
pub(crate) mod model_name;
pub(crate) mod preview_field;
pub(crate) mod payload;
pub(crate) mod jpeg_file;
pub(crate) mod other_metadata;
