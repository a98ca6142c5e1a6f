//! The [`image`] crate reads and writes `.pxc` files.
//!
//! ```
//! use image::{DynamicImage, RgbImage};
//!
//! let picture = DynamicImage::from(RgbImage::from_fn(5, 4, |x, y| image::Rgb([x as u8, y as u8, 7])));
//! let mut file = Vec::new();
//! picture.write_with_encoder(pxc_image::PxcEncoder::new(&mut file))?;
//!
//! pxc_image::register(); // once, at the start of the program
//! assert_eq!(image::load_from_memory(&file)?, picture);
//! # Ok::<(), image::ImageError>(())
//! ```
//!
//! After [`register`], `image::open("photo.pxc")` works as it does for the crate's own formats. [`PxcDecoder`] and
//! [`PxcEncoder`] work without it, and accept an [`Engine`](pxc_runtime::Engine) with your own models. Palettes and
//! samples of fewer than 8 bits are expanded (`Image::expanded` of `pxc-runtime`). The decoder gives ICC profile, EXIF
//! and XMP; the encoder takes ICC profile and EXIF.

mod engine;
mod decoder;
mod encoder;
mod hooks;
mod error;

pub use decoder::PxcDecoder;
pub use encoder::PxcEncoder;
pub use hooks::{register, register_with};

/// Makes the first screen of `docs/embedding.md` a test.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
struct EmbeddingGuide;
