//! Image files ↔ pictures: an [`Image`] of the codec and its metadata.
//!
//! ```
//! use pxc_picture::{OutputFormat, ReadOptions, read_picture, write_picture};
//!
//! // A 2×2 gray image with a gamma.
//! let file = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x02\x08\x00\x00\x00\x00W\xddR\xf8\
//!     \x00\x00\x00\x04gAMA\x00\x00\xb1\x8f\x0b\xfca\x05\
//!     \x00\x00\x00\x0eIDATx\x9cc\xe0\x12a\x90\xd3\x00\x00\x00\xec\x00e\xe0\xf8\\\xd3\
//!     \x00\x00\x00\x00IEND\xaeB`\x82";
//! let picture = read_picture(file, &ReadOptions::default())?;
//! assert_eq!(picture.image.samples(), [10, 20, 30, 40]);
//! assert_eq!(picture.metadata[0].tag, *b"gAMA");
//!
//! let png = write_picture(picture.image.clone(), &picture.metadata, OutputFormat::Png)?;
//! assert_eq!(read_picture(&png.bytes, &ReadOptions::default())?, picture);
//! # Ok::<(), pxc_picture::Error>(())
//! ```
//!
//! [`read_picture`] reads PNG, PBM, PGM, PPM, PAM, TIFF, WebP, QOI, BMP, GIF and JPEG files. Every sample keeps its
//! value and its depth; files that do not allow this are refused. Metadata becomes PNG chunks, and [`Picture::dropped`]
//! names what was lost. [`write_picture`] writes the formats in [`OutputFormat`].
//!
//! [`compress_jpeg`] keeps JPEG files byte for byte. The module [`exact`] brings PNG, BMP, PNM, PAM, QOI and
//! uncompressed TIFF files back byte for byte.
//!
//! Neither reading nor writing touches the file system, and this crate contains no neural network.

pub mod exact;
pub mod metadata;

mod bounded;
mod formats;
mod ledger;
mod picture;
mod read;
mod write;
mod error;

pub use error::{Error, Result};
pub use formats::input::InputFormat;
pub use formats::jpeg::{check_jpeg, compress_jpeg};
pub use formats::output::OutputFormat;
pub use picture::Picture;
pub use read::{ReadOptions, read_picture};
pub use write::{WrittenPicture, write_picture};

pub use pxc_codec::{
    ErrorKind, Image, JpegFile, Limits, MetadataChunk, full_message, with_metadata,
};
