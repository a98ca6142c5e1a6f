//! The neighbours of a pixel in its tile (`docs/format.md`, *Neighbours*, *Neighbours of a pixel* and *Deep
//! neighbours*).
//!
//! In: the pixels of a tile in raster order, as far as they are coded. Out: the pixels around the next one, or their
//! samples of one plane.

use crate::model::prediction::median_edge;

/// Where a neighbour is.
#[derive(Clone, Copy)]
pub(crate) struct Offset {
    /// Rows above.
    pub(crate) up: usize,
    /// Columns to the right; negative to the left.
    pub(crate) right: isize,
}

/// The offset of a neighbour.
pub(crate) const fn offset(up: usize, right: isize) -> Offset {
    Offset { up, right }
}

/// The pixels, or samples of one plane, around the one being coded. One outside the tile is replaced by its nearest
/// neighbour inside.
#[derive(Clone, Copy)]
pub(crate) struct TileNeighbors<P> {
    pub(crate) west: P,
    pub(crate) north: P,
    pub(crate) north_west: P,
    pub(crate) north_east: P,
    pub(crate) west_west: P,
    pub(crate) north_north: P,
    /// Two rows up, one column to the right.
    pub(crate) north_north_east: P,
}

impl<P: Copy + PartialEq> TileNeighbors<P> {
    /// The neighbours that `at` finds inside the tile; `otherwise` replaces them all at the first pixel.
    #[inline(always)]
    pub(crate) fn find(at: impl Fn(Offset) -> Option<P>, otherwise: P) -> TileNeighbors<P> {
        let above = at(offset(1, 0));
        let west = at(offset(0, -1)).or(above).unwrap_or(otherwise);
        let north = above.unwrap_or(west);
        let north_east = at(offset(1, 1)).unwrap_or(north);
        TileNeighbors {
            west,
            north,
            north_west: at(offset(1, -1)).unwrap_or(north),
            north_east,
            west_west: at(offset(0, -2)).unwrap_or(west),
            north_north: at(offset(2, 0)).unwrap_or(north),
            north_north_east: at(offset(2, 1)).unwrap_or(north_east),
        }
    }

    /// Which neighbours are equal, in 6 bits.
    #[inline]
    pub(crate) fn equalities(&self) -> u32 {
        let equal = [
            self.west == self.north,
            self.north == self.north_west,
            self.north == self.north_east,
            self.west == self.west_west,
            self.north == self.north_north,
            self.west == self.north_west,
        ];
        let bits = equal.iter().rev();
        bits.fold(0, |bits, &bit| bits << 1 | u32::from(bit))
    }
}

impl<T: Copy + Default + PartialEq + Into<i32>, const N: usize> TileNeighbors<[T; N]> {
    /// The neighbours of pixel `index` of a tile of `width` columns.
    #[inline]
    pub(crate) fn new(pixels: &[[T; N]], width: usize, index: usize) -> TileNeighbors<[T; N]> {
        let (x, y) = (index % width, index / width);
        TileNeighbors::find(
            #[inline(always)]
            |Offset { up, right }| {
                let is_inside = up <= y && x.wrapping_add_signed(right) < width;
                is_inside.then(|| pixels[(index - up * width).wrapping_add_signed(right)])
            },
            [T::default(); N],
        )
    }

    /// The samples of a plane.
    #[inline]
    pub(crate) fn plane(&self, plane: usize) -> TileNeighbors<i32> {
        TileNeighbors {
            west: self.west[plane].into(),
            north: self.north[plane].into(),
            north_west: self.north_west[plane].into(),
            north_east: self.north_east[plane].into(),
            west_west: self.west_west[plane].into(),
            north_north: self.north_north[plane].into(),
            north_north_east: self.north_north_east[plane].into(),
        }
    }
}

impl TileNeighbors<i32> {
    /// The median edge detector.
    #[inline(always)]
    pub(crate) fn median(&self) -> i32 {
        median_edge(self.west, self.north, self.north_west)
    }
}
