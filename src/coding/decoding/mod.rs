//! Decodes .pxc files: a .pxc file → its image, or the JPEG file that it holds → what goes to the output.

pub(crate) mod task;
pub(crate) mod damage;
mod decoded;
pub(crate) mod format;
pub(crate) mod content;
