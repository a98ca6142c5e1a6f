//! The pixel digest: the first 8 bytes of BLAKE3 over size, sample format and samples (`docs/format.md`, *Pixel
//! digest*).

use crate::image::raster::Image;

/// The digest of an image, as the header of its file holds it.
pub fn pixel_digest(image: &Image) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&image.width().to_le_bytes());
    hasher.update(&image.height().to_le_bytes());
    hasher.update(&[image.color().code(), image.depth().bits()]);
    hasher.update(image.samples());
    if let Some(palette) = image.palette() {
        hasher.update(palette.colors().as_flattened());
        hasher.update(palette.alpha());
    }
    if let Some(key) = image.color_key() {
        hasher.update(&key.to_bytes());
    }
    let mut digest = [0; 8];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    digest
}
