//! One file or folder per image format, and what each format can hold.

pub(crate) mod input;
pub(crate) mod output;
pub(crate) mod png;
pub(crate) mod pnm;
pub(crate) mod bmp;
pub(crate) mod qoi;
pub(crate) mod gif;
pub(crate) mod tiff;
pub(crate) mod webp;
pub(crate) mod jpeg;
pub(crate) mod raster;
