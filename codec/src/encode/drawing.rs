//! Whether an image is drawn by a program: many pixels equal a neighbour.

use crate::image::raster::Image;
use crate::tiles::tile::Tile;

/// The general method is tried on a tile when at least one in this many pixels equals its west or north neighbour.
const REPETITIVE: usize = 4;
/// An image is a drawing as a whole when at least one in this many pixels equals its west or north neighbour.
const DRAWN: u64 = 2;

/// Whether the general method is worth a try on this tile, although there is a model.
pub(super) fn is_repetitive(tile: &Tile) -> bool {
    let pixel_bytes = tile.planes * tile.depth.sample_bytes();
    equal_pixels(&tile.samples, tile.width, pixel_bytes) * REPETITIVE
        >= tile.samples.len() / pixel_bytes
}

/// Whether the image is a drawing as a whole.
pub(super) fn is_drawn(image: &Image) -> bool {
    let (width, pixel_bytes) = (image.width() as usize, image.format().pixel_bytes());
    equal_pixels(image.samples(), width, pixel_bytes) as u64 * DRAWN >= image.pixels()
}

/// How many pixels equal their west neighbour, or how many their north neighbour, whichever is more.
fn equal_pixels(samples: &[u8], width: usize, pixel_bytes: usize) -> usize {
    let equal = |distance: usize| {
        let pixels = samples.chunks_exact(pixel_bytes);
        let pairs = pixels.clone().skip(distance).zip(pixels);
        pairs.filter(|(a, b)| a == b).count()
    };
    equal(1).max(equal(width))
}
