//! Makes .pxc files: an image file → its picture, and what a .pxc file can hold of it → the bytes of that.

pub(crate) mod task;
pub(crate) mod image_file;
mod description;
pub(crate) mod losses;
pub(crate) mod coded;
