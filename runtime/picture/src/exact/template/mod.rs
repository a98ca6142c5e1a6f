//! Exact files without secrets (`docs/format.md`, *BMP, PNM, PAM, QOI and TIFF files*): BMP, PNM, PAM, QOI and
//! uncompressed TIFF.
//!
//! Such a file is its samples in some [arrangement](arrangement), and a few bytes around them. The bytes, and whatever
//! differs from the arrangement, are literal [pieces](pieces).

pub(crate) mod palette;
pub(crate) mod pixels;
pub(crate) mod arrangement;
pub(crate) mod digits;
pub(crate) mod qoi;
pub(crate) mod runs;
pub(crate) mod pieces;
pub(crate) mod survey;
pub(crate) mod file;
