//! The neighbours of a pixel in its tile (`docs/format.md`, *Adaptive coder*, *Neighbours*, and *General coder*,
//! *Neighbours of a pixel*).
//!
//! In: the pixels of a tile in raster order, as far as they are coded. Out: the pixels around the next one.

/// The pixels around the one being coded. A pixel outside the tile is replaced by its nearest neighbour inside.
#[derive(Clone, Copy)]
pub(crate) struct TileNeighbors<T, const N: usize> {
    pub(crate) west: [T; N],
    pub(crate) north: [T; N],
    pub(crate) north_west: [T; N],
    pub(crate) north_east: [T; N],
    pub(crate) west_west: [T; N],
    pub(crate) north_north: [T; N],
    /// Two rows up, one column to the right.
    pub(crate) north_north_east: [T; N],
}

impl<T: Copy + Default + PartialEq, const N: usize> TileNeighbors<T, N> {
    /// The neighbours of pixel `at` of a tile of `width` columns.
    #[inline]
    pub(crate) fn new(pixels: &[[T; N]], width: usize, at: usize) -> TileNeighbors<T, N> {
        let (x, y) = (at % width, at / width);
        let inside = |exists: bool, back: usize| exists.then(|| pixels[at - back]);
        let (has_west, has_north, has_east) = (x > 0, y > 0, x + 1 < width);
        let above = inside(has_north, width);
        let west = inside(has_west, 1).or(above);
        let west = west.unwrap_or([T::default(); N]);
        let north = above.unwrap_or(west);
        let north_east = inside(has_north && has_east, width.wrapping_sub(1)).unwrap_or(north);
        let far_east = inside(y > 1 && has_east, (2 * width).wrapping_sub(1));
        TileNeighbors {
            west,
            north,
            north_west: inside(has_west && has_north, width + 1).unwrap_or(north),
            north_east,
            west_west: inside(x > 1, 2).unwrap_or(west),
            north_north: inside(y > 1, 2 * width).unwrap_or(north),
            north_north_east: far_east.unwrap_or(north_east),
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
