//! A tiling laid over an image (`docs/format.md`, *Tiles and groups*).
//!
//! In: the size of an image and a [`Tiling`]. Out: the rectangles of tiles, in raster order, and the groups that hold
//! them.

use std::ops::Range;

use crate::error::Error;
use crate::tiles::rect::Rect;
use crate::tiles::tiling::{MOST_TILES_PER_GROUP, Tiling};

impl Tiling {
    /// Checks the ranges against an image size.
    ///
    /// # Errors
    /// [`Error::TilingRange`] names the field.
    pub fn check(&self, width: u32, height: u32) -> Result<(), Error> {
        let fields = [
            ("tile_width", self.tile_width, width),
            ("tile_height", self.tile_height, height),
            (
                "tiles_per_group",
                self.tiles_per_group,
                MOST_TILES_PER_GROUP,
            ),
        ];
        for (field, found, largest) in fields {
            if found == 0 || found > largest {
                return Err(Error::TilingRange {
                    field,
                    largest,
                    found,
                });
            }
        }
        Ok(())
    }
}

/// A tiling laid over an image of a certain size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    tiling: Tiling,
    width: u32,
    height: u32,
}

impl Layout {
    /// Lays `tiling` over an image.
    ///
    /// # Errors
    /// [`Error::TilingRange`] when a field is outside its range.
    pub fn new(tiling: Tiling, width: u32, height: u32) -> Result<Layout, Error> {
        tiling.check(width, height)?;
        Ok(Layout {
            tiling,
            width,
            height,
        })
    }

    /// Tiles in a row of tiles.
    pub fn columns(&self) -> u64 {
        u64::from(self.width.div_ceil(self.tiling.tile_width))
    }

    /// Tiles in the image.
    pub fn tiles(&self) -> u64 {
        self.columns() * u64::from(self.height.div_ceil(self.tiling.tile_height))
    }

    /// Groups in the image.
    pub fn groups(&self) -> u64 {
        self.tiles()
            .div_ceil(u64::from(self.tiling.tiles_per_group))
    }

    /// The tiles of a group, as indices for [`tile`](Layout::tile).
    pub fn group(&self, group: u64) -> Range<u64> {
        let first = group * u64::from(self.tiling.tiles_per_group);
        first..(first + u64::from(self.tiling.tiles_per_group)).min(self.tiles())
    }

    /// The rectangle of a tile, counted in raster order.
    pub fn tile(&self, tile: u64) -> Rect {
        let (row, column) = (tile / self.columns(), tile % self.columns());
        let x = column * u64::from(self.tiling.tile_width);
        let y = row * u64::from(self.tiling.tile_height);
        Rect {
            x: x as usize,
            y: y as usize,
            width: u64::from(self.tiling.tile_width).min(u64::from(self.width) - x) as usize,
            height: u64::from(self.tiling.tile_height).min(u64::from(self.height) - y) as usize,
        }
    }

    /// The layout of the coarse images of the tiles, with the first pixels of blocks of `ratio × ratio` pixels, side by
    /// side.
    pub(crate) fn coarse(&self, ratio: u32) -> Layout {
        let side = |image: u32, tile: u32| {
            image / tile * tile.div_ceil(ratio) + (image % tile).div_ceil(ratio)
        };
        let tiling = self.tiling;
        Layout {
            tiling: Tiling {
                tile_width: tiling.tile_width.div_ceil(ratio),
                tile_height: tiling.tile_height.div_ceil(ratio),
                ..tiling
            },
            width: side(self.width, tiling.tile_width),
            height: side(self.height, tiling.tile_height),
        }
    }

    /// The image's rectangle.
    pub(crate) fn whole(&self) -> Rect {
        Rect::whole(self.width, self.height)
    }

    /// The groups that have a pixel in a rectangle of the image, in order.
    pub fn groups_in(&self, rect: &Rect) -> Vec<u64> {
        let (width, height) = (
            self.tiling.tile_width as usize,
            self.tiling.tile_height as usize,
        );
        let (left, right) = (rect.x / width, (rect.x + rect.width - 1) / width);
        let rows = rect.y / height..=(rect.y + rect.height - 1) / height;
        let group = |row: usize, column: usize| {
            (row as u64 * self.columns() + column as u64) / u64::from(self.tiling.tiles_per_group)
        };
        let mut groups: Vec<u64> = Vec::new();
        for row in rows {
            let next = groups.last().map_or(0, |last| last + 1);
            groups.extend(group(row, left).max(next)..=group(row, right));
        }
        groups
    }

    /// The pixels of a group, as at most three rectangles: the end of a row of tiles, whole rows, the start of a row.
    pub fn areas(&self, group: u64) -> Vec<Rect> {
        let (tiles, columns) = (self.group(group), self.columns());
        let (mut areas, mut start) = (Vec::new(), tiles.start);
        while start < tiles.end {
            let row_end = (start / columns + 1) * columns;
            let end = match start % columns == 0 && row_end <= tiles.end {
                true => tiles.end / columns * columns,
                false => row_end.min(tiles.end),
            };
            let (first, last) = (self.tile(start), self.tile(end - 1));
            areas.push(Rect {
                width: last.x + last.width - first.x,
                height: last.y + last.height - first.y,
                ..first
            });
            start = end;
        }
        areas
    }

    /// The rectangles of a group's tiles, in order.
    pub fn rects(&self, group: u64) -> Vec<Rect> {
        self.group(group).map(|tile| self.tile(tile)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarse_tiles_are_those_of_the_tiles() {
        for (width, height) in [(1, 1), (7, 5), (33, 20), (16, 16)] {
            let tiling = Tiling {
                tile_width: width.min(7),
                tile_height: height.min(8),
                tiles_per_group: 2,
            };
            let layout = Layout::new(tiling, width, height).expect("legal tiling");
            for ratio in [2, 3, 16] {
                let coarse = layout.coarse(ratio);
                assert_eq!(coarse.tiles(), layout.tiles());
                for tile in 0..layout.tiles() {
                    let (large, small) = (layout.tile(tile), coarse.tile(tile));
                    let side = |side: usize| side.div_ceil(ratio as usize);
                    let expected = (side(large.width), side(large.height));
                    assert_eq!((small.width, small.height), expected);
                    assert_eq!(small.intersection(&coarse.whole()), Some(small));
                }
            }
        }
    }

    #[test]
    fn the_areas_of_a_group_are_its_tiles() {
        let (width, height) = (10, 9);
        for (tile_width, tiles_per_group) in [(1, 7), (2, 5), (3, 1), (3, 4), (3, 11), (10, 2)] {
            let tiling = Tiling {
                tile_width,
                tile_height: 2,
                tiles_per_group,
            };
            let layout = Layout::new(tiling, width, height).expect("legal tiling");
            for group in 0..layout.groups() {
                let (areas, tiles) = (layout.areas(group), layout.rects(group));
                assert!((1..=3).contains(&areas.len()), "{tiling:?}: {areas:?}");
                let within =
                    |tile: &Rect| areas.iter().any(|a| a.intersection(tile) == Some(*tile));
                assert!(tiles.iter().all(within), "{tiling:?}: {areas:?}");
                let pixels = |rects: &[Rect]| rects.iter().map(Rect::pixels).sum::<usize>();
                assert_eq!(pixels(&areas), pixels(&tiles), "{tiling:?}");
            }
        }
    }

    #[test]
    fn the_groups_of_a_rectangle_are_those_of_its_tiles() {
        for tiles_per_group in [1, 2, 3, 5, 12, 100] {
            let tiling = Tiling {
                tile_width: 3,
                tile_height: 2,
                tiles_per_group,
            };
            let layout = Layout::new(tiling, 11, 9).expect("legal tiling");
            for (x, y, width, height) in [(0, 0, 11, 9), (4, 3, 1, 1), (2, 1, 5, 4), (9, 0, 2, 9)] {
                let rect = Rect {
                    x,
                    y,
                    width,
                    height,
                };
                let has_pixel = |&group: &u64| {
                    let tiles = layout.rects(group);
                    tiles.iter().any(|tile| tile.intersection(&rect).is_some())
                };
                let expected: Vec<u64> = (0..layout.groups()).filter(has_pixel).collect();
                assert_eq!(layout.groups_in(&rect), expected, "{tiling:?}, {rect:?}");
            }
        }
    }

    #[test]
    fn tiles_cover_each_pixel_once() {
        for (width, height) in [(1, 1), (7, 5), (1500, 300), (33, 2000), (70_000, 2)] {
            for tiling in [
                Tiling::photo(width, height),
                Tiling {
                    tile_width: width.div_ceil(3),
                    tile_height: height.div_ceil(2),
                    tiles_per_group: 4,
                },
            ] {
                let layout = Layout::new(tiling, width, height).expect("legal tiling");
                let mut seen = vec![0u8; (width * height) as usize];
                for rect in (0..layout.groups()).flat_map(|group| layout.rects(group)) {
                    for y in rect.y..rect.y + rect.height {
                        for x in rect.x..rect.x + rect.width {
                            seen[y * width as usize + x] += 1;
                        }
                    }
                }
                assert!(seen.iter().all(|&count| count == 1), "{tiling:?}");
            }
        }
    }
}
