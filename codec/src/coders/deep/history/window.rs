//! The latest rows of a plane (`docs/format.md`, *Deep neighbours*).

use crate::coders::tile_neighbors::Offset;

/// Columns on each side of a row that are never in the tile.
const MARGIN: usize = 4;
/// The row itself and those above it that a neighbour can be in.
const ROWS: usize = 5;
/// A sample outside the tile, or not yet coded.
const ABSENT: i32 = -1;

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
    pub(crate) fn at(&self, x: usize, Offset { up, right }: Offset) -> Option<i32> {
        let sample = self.rows[up][(x + MARGIN).wrapping_add_signed(right)];
        (sample != ABSENT).then_some(sample)
    }

    /// How much a neighbour of column `x` exceeds `from`; 0 where it is absent.
    #[inline(always)]
    pub(crate) fn difference(&self, x: usize, offset: Offset, from: i32) -> i32 {
        self.at(x, offset).map_or(0, |sample| sample - from)
    }
}
