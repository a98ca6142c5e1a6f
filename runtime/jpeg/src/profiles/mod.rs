//! Colour profiles, EXIF and XMP ↔ the PNG chunks that carry them in a `.pxc` file (`docs/format.md`, *Metadata*).

mod writing;
mod reading;
mod orientation;

pub use orientation::{exif_of, orientation, xmp_of, xmp_orientation};
pub use reading::{MetadataInflater, exif, icc_profile, stated_orientation, xmp};
pub use writing::{exif_chunk, icc_chunk, xmp_chunk};
