//! The sizes of tiles, where context ends, and of groups of tiles, which share one payload (`docs/format.md`, *Tiles
//! and groups*).
//!
//! In: the size of an image. Out: a default [`Tiling`].

use crate::model::session::TileSize;

/// Largest default tile, in pixels.
const TILE_PIXELS: u64 = 1 << 18;
/// Default tiles are not wider than this, unless the image has few rows.
const TILE_WIDTH: u64 = 1024;
/// Images with more pixels than this are viewed in parts, and get smaller tiles.
const LARGE_PIXELS: u64 = 1 << 25;
/// Largest default tile of a large image, in pixels.
const LARGE_TILE_PIXELS: u64 = 1 << 16;
/// Widest default tile of a large image.
const LARGE_TILE_WIDTH: u64 = 256;
/// Largest tile of a photo, in pixels, where size counts more than time.
const LARGEST_TILE_PIXELS: u64 = 1 << 20;
/// Widest tile of a photo where size counts more than time.
const LARGEST_TILE_WIDTH: u64 = 2048;
/// Images with more pixels than this get at least two tiles.
const SINGLE_TILE_PIXELS: u64 = 1 << 16;
/// Largest default tile of a drawing, in pixels.
const DRAWING_PIXELS: u64 = 1 << 20;
/// Default tiles of drawings are not wider than this, unless the image has few rows.
const DRAWING_WIDTH: u64 = 1 << 13;
/// The fewest pixels in a step of a group of a model's tiles.
const GROUP_LANES: u64 = 256;
/// Large images get groups of up to this many pixels in a step.
const MOST_GROUP_LANES: u64 = 1024;
/// Groups that a large image has at most, as far as their steps stay below that.
const FEW_GROUPS: u64 = 64;
/// Below this number of tiles an even number is preferred.
const FEW_TILES: u64 = 8;

/// The most tiles in a group. It bounds what a group takes besides its pixels, whose bytes it may not have.
pub(crate) const MOST_TILES_PER_GROUP: u32 = 1 << 16;

/// The size of a tile and the number of tiles in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tiling {
    /// Width of all tiles but those at the right edge; 1 to the image's width.
    pub tile_width: u32,
    /// Height of all tiles but those at the lower edge; 1 to the image's height.
    pub tile_height: u32,
    /// Consecutive tiles, in raster order, in one group; the last group may have fewer. 1 to
    /// 65536.
    pub tiles_per_group: u32,
}

impl Tiling {
    /// The whole image as one tile.
    pub fn whole(width: u32, height: u32) -> Tiling {
        Tiling {
            tile_width: width,
            tile_height: height,
            tiles_per_group: 1,
        }
    }

    /// The default for photos: wide tiles of even size, of at most about 2^18 pixels, and at least two of them when the
    /// image has more than 2^16 pixels, so that two threads have work. Images of more than 2^25 pixels get tiles of at
    /// most about 2^16, so that a small part of them decodes quickly.
    pub fn photo(width: u32, height: u32) -> Tiling {
        let pixels = u64::from(width) * u64::from(height);
        let (most_pixels, widest) = match pixels > LARGE_PIXELS {
            true => (LARGE_TILE_PIXELS, LARGE_TILE_WIDTH),
            false => (TILE_PIXELS, TILE_WIDTH),
        };
        Tiling::even(
            width,
            height,
            most_pixels,
            widest,
            pixels > SINGLE_TILE_PIXELS,
        )
    }

    /// The tiling for photos where size counts more than time: tiles of even size, of at most about 2^20 pixels.
    pub fn large_photo(width: u32, height: u32) -> Tiling {
        Tiling::even(
            width,
            height,
            LARGEST_TILE_PIXELS,
            LARGEST_TILE_WIDTH,
            false,
        )
    }

    /// Tiles of even size, of at most about `most_pixels` pixels and `widest` columns. Few tiles are made an even
    /// number, and at least two if `several`.
    fn even(width: u32, height: u32, most_pixels: u64, widest: u64, several: bool) -> Tiling {
        let (w, h) = (u64::from(width.max(1)), u64::from(height.max(1)));
        let widest = widest.max(most_pixels / h);
        let tile_width = w.div_ceil(w.div_ceil(widest));
        let columns = w.div_ceil(tile_width);
        let rows = (tile_width * h).div_ceil(most_pixels);
        let rows = match columns * rows {
            1 if !several => 1,
            few if few % 2 == 1 && few < FEW_TILES => rows + 1,
            _ => rows,
        };
        let tile_width = if rows > h {
            w.div_ceil(columns + 1)
        } else {
            tile_width
        };
        Tiling {
            tile_width: tile_width as u32,
            tile_height: h.div_ceil(rows.min(h)) as u32,
            tiles_per_group: 1,
        }
    }

    /// The default for a model with tiles of up to `tile` and `lanes` pixels in a step: groups with about 256 pixels in
    /// a step, or up to 1024 in images of more than 64 such groups, but at least two groups for two tiles, so that two
    /// threads have work.
    pub fn model(width: u32, height: u32, tile: TileSize, lanes: usize) -> Tiling {
        let side = |image: u32, tile: usize| image.max(1).min(u32::try_from(tile).unwrap_or(image));
        let (tile_width, tile_height) = (side(width, tile.width), side(height, tile.height));
        let tiles = u64::from(width.max(1).div_ceil(tile_width))
            * u64::from(height.max(1).div_ceil(tile_height));
        let lanes = lanes.max(1) as u64;
        let together = (tiles * lanes / FEW_GROUPS).clamp(GROUP_LANES, MOST_GROUP_LANES);
        let groups = tiles.div_ceil((together / lanes).max(1));
        let groups = groups.max(tiles.min(2));
        Tiling {
            tile_width,
            tile_height,
            tiles_per_group: u32::try_from(tiles.div_ceil(groups)).unwrap_or(MOST_TILES_PER_GROUP),
        }
    }

    /// The default for drawings, palettes and samples of other than 8 bits: whole rows as far as possible, at most
    /// about 2^20 pixels, so that repetition is found.
    pub fn drawing(width: u32, height: u32) -> Tiling {
        let (w, h) = (u64::from(width.max(1)), u64::from(height.max(1)));
        let tile_width = w.div_ceil(w.div_ceil(DRAWING_WIDTH.max(DRAWING_PIXELS / h)));
        let rows = (tile_width * h).div_ceil(DRAWING_PIXELS).min(h);
        Tiling {
            tile_width: tile_width as u32,
            tile_height: h.div_ceil(rows) as u32,
            tiles_per_group: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(width: u32, height: u32) -> (u32, u32) {
        let tiling = Tiling::photo(width, height);
        tiling.check(width, height).expect("legal tiling");
        (tiling.tile_width, tiling.tile_height)
    }

    #[test]
    fn photos_are_cut_evenly_into_wide_tiles() {
        assert_eq!(photo(768, 512), (768, 256));
        assert_eq!(photo(512, 768), (512, 384));
        assert_eq!(photo(256, 256), (256, 256));
        assert_eq!(photo(257, 256), (257, 128));
        assert_eq!(photo(6000, 4000), (1000, 250));
        assert_eq!(photo(10_000, 10_000), (250, 257));
        assert_eq!(photo(1, 1), (1, 1));
        assert_eq!(photo(1 << 20, 1), (1 << 18, 1));
        assert_eq!(photo(70_000, 1), (35_000, 1));
        assert_eq!(photo(1, 70_000), (1, 35_000));
    }

    #[test]
    fn large_tiles_of_photos_are_few() {
        for ((width, height), expected) in [
            ((768, 512), (768, 512)),
            ((1024, 1024), (1024, 1024)),
            ((2048, 1024), (2048, 512)),
            ((6000, 4000), (2000, 500)),
            ((1, 1), (1, 1)),
        ] {
            let tiling = Tiling::large_photo(width, height);
            tiling.check(width, height).expect("legal tiling");
            assert_eq!((tiling.tile_width, tiling.tile_height), expected);
        }
    }

    #[test]
    fn tiles_of_a_model_are_grouped() {
        let tile = TileSize {
            width: 28,
            height: 28,
        };
        for ((width, height), lanes, expected) in [
            ((2800, 2800), 1, (28, 28, 250)),
            ((2800, 2800), 14, (28, 28, 73)),
            ((560, 560), 14, (28, 28, 18)),
            ((30, 28), 1, (28, 28, 1)),
            ((280, 28), 1, (28, 28, 5)),
            ((5, 7), 1, (5, 7, 1)),
            ((60, 60), 2000, (28, 28, 1)),
        ] {
            let tiling = Tiling::model(width, height, tile, lanes);
            tiling.check(width, height).expect("legal tiling");
            let found = (
                tiling.tile_width,
                tiling.tile_height,
                tiling.tiles_per_group,
            );
            assert_eq!(found, expected, "{width} × {height}");
        }
    }

    #[test]
    fn drawings_are_cut_into_whole_rows() {
        for ((width, height), tile) in [
            ((640, 480), (640, 480)),
            ((2560, 1600), (2560, 400)),
            ((1, 1 << 21), (1, 1 << 20)),
            ((1 << 21, 1), (1 << 20, 1)),
            ((20_000, 100), (10_000, 100)),
        ] {
            let tiling = Tiling::drawing(width, height);
            tiling.check(width, height).expect("legal tiling");
            assert_eq!((tiling.tile_width, tiling.tile_height), tile);
        }
    }
}
