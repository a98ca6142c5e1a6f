//! The latest rows of a plane, and the samples around the next one (`docs/format.md`, *Deep coder*, *Neighbours*).

/// Columns on each side of a row that are never in the tile.
const MARGIN: usize = 4;
/// The row itself and those above it that a neighbour can be in.
const ROWS: usize = 5;
/// A sample outside the tile, or not yet coded.
const ABSENT: i32 = -1;

/// Where a neighbour is: rows above, columns to the right.
pub(crate) type Offset = (usize, isize);

/// The latest rows of one plane; the first is the one being coded.
pub(crate) struct Window {
    rows: [Vec<i32>; ROWS],
}

impl Window {
    /// Bytes for a column.
    pub(crate) const COLUMN_BYTES: u64 = (ROWS * size_of::<i32>()) as u64;

    pub(crate) fn new() -> Window {
        Window {
            rows: std::array::from_fn(|_| Vec::new()),
        }
    }

    pub(crate) fn start_tile(&mut self, width: usize) {
        for row in &mut self.rows {
            row.clear();
            row.resize(width + 2 * MARGIN, ABSENT);
        }
    }

    pub(crate) fn start_row(&mut self) {
        self.rows.rotate_right(1);
        self.rows[0].fill(ABSENT);
    }

    #[inline(always)]
    pub(crate) fn keep(&mut self, x: usize, sample: i32) {
        self.rows[0][x + MARGIN] = sample;
    }

    /// The sample of column `x` itself, which is coded already.
    #[inline(always)]
    pub(crate) fn own(&self, x: usize) -> i32 {
        self.rows[0][x + MARGIN]
    }

    /// A neighbour of column `x`.
    #[inline(always)]
    pub(crate) fn at(&self, x: usize, (up, right): Offset) -> Option<i32> {
        let sample = self.rows[up][(x + MARGIN).wrapping_add_signed(right)];
        (sample != ABSENT).then_some(sample)
    }

    /// How much a neighbour of column `x` exceeds `from`; 0 where it is absent.
    #[inline(always)]
    pub(crate) fn difference(&self, x: usize, offset: Offset, from: i32) -> i32 {
        self.at(x, offset).map_or(0, |sample| sample - from)
    }
}

/// The samples around the next one. One that is absent is replaced by one nearby.
#[derive(Clone, Copy)]
pub(crate) struct Around {
    pub(crate) west: i32,
    pub(crate) north: i32,
    pub(crate) north_west: i32,
    pub(crate) north_east: i32,
    pub(crate) west_west: i32,
    pub(crate) north_north: i32,
    pub(crate) north_north_east: i32,
    /// The median edge detector.
    pub(crate) base: i32,
}

impl Around {
    /// Around column `x`; `otherwise` replaces everything at the first pixel.
    #[inline(always)]
    pub(crate) fn new(window: &Window, x: usize, otherwise: i32) -> Around {
        let at = |offset| window.at(x, offset);
        let above = at((1, 0));
        let west = at((0, -1)).or(above).unwrap_or(otherwise);
        let north = above.unwrap_or(west);
        let north_west = at((1, -1)).unwrap_or(north);
        let north_east = at((1, 1)).unwrap_or(north);
        let (low, high) = (west.min(north), west.max(north));
        Around {
            west,
            north,
            north_west,
            north_east,
            west_west: at((0, -2)).unwrap_or(west),
            north_north: at((2, 0)).unwrap_or(north),
            north_north_east: at((2, 1)).unwrap_or(north_east),
            base: (west + north - north_west).clamp(low, high),
        }
    }

    /// Which neighbours are equal, in 6 bits.
    #[inline(always)]
    pub(crate) fn equalities(&self) -> usize {
        let equal = [
            self.west == self.north,
            self.north == self.north_west,
            self.north == self.north_east,
            self.west == self.west_west,
            self.north == self.north_north,
            self.west == self.north_west,
        ];
        equal
            .iter()
            .fold(0, |bits, &bit| bits << 1 | usize::from(bit))
    }
}
