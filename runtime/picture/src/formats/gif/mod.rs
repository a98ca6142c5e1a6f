//! GIF → pictures with a palette.

pub(crate) mod blocks;
pub(crate) mod lzw;
pub(crate) mod frame;
pub(crate) mod extensions;
pub(crate) mod reader;
