//! JPEG files in `.pxc` files (`docs/format.md`, *JPEG files*): the file, byte for byte, and its pixels.
//!
//! ```
//! use pxc_jpeg::{Limits, compress, decompress, restore};
//! # use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
//! # let mut jpeg = Vec::new();
//! # let samples: Vec<u8> = (0..=255).cycle().take(96 * 64).collect();
//! # JpegEncoder::new(&mut jpeg).write_image(&samples, 96, 64, ExtendedColorType::L8)?;
//!
//! let limits = Limits::default();
//! let (pxc, picture) = compress(&jpeg, &limits, None)?;
//! assert_eq!((picture.image.width(), picture.image.height()), (96, 64));
//! assert_eq!(restore(&pxc, &limits, None)?, jpeg);
//! assert_eq!(decompress(&pxc, &limits, None)?, picture);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A call works on one thread, and knows its memory before it takes any. If it can be cancelled, that is a thread of
//! its own: nothing interrupts the decoders, so after a cancelled call they run to their end, and their result is
//! discarded.

pub mod guarded;
pub mod profiles;

mod interruptible;
mod segments;
mod scans;
mod pixels;
mod lepton_header;
mod lepton;
mod file;
mod error;

pub use error::{Error, Result};
pub use file::{compress, decompress, restore};
pub use pixels::{JpegPicture, read_jpeg};
pub use scans::check_scans;
pub use segments::check_segments;

pub use pxc_codec::{
    ErrorKind, Image, JpegFile, Limits, MetadataChunk, ProgressCallback, full_message,
};
