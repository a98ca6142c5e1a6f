//! What is kept of coded samples (`docs/format.md`, *Curves*).

/// Columns on each side of a row that are never in the tile.
const MARGIN: usize = 2;

/// What is kept of one sample.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    /// Distance to the weighted mean, in quarters of a sample.
    pub(crate) error: u32,
    /// Where the sample lies in its distribution, in parts of 256.
    pub(crate) rank: i32,
    /// Sample minus the middle of the distribution.
    pub(crate) residual: i32,
}

impl Cell {
    /// Outside the tile.
    const ABSENT: Cell = Cell {
        error: 1,
        rank: 128,
        residual: 0,
    };
}

/// The cells of one plane in this row and the two above.
pub(crate) struct PlaneCells {
    rows: [Vec<Cell>; 3],
}

/// The cells around the next sample.
pub(crate) struct CellsAround {
    pub(crate) west: Cell,
    pub(crate) north: Cell,
    pub(crate) north_east: Cell,
    /// The rank two rows up.
    pub(crate) far_rank: i32,
}

impl PlaneCells {
    /// Bytes for a column.
    pub(crate) const COLUMN_BYTES: u64 = (3 * size_of::<Cell>()) as u64;

    pub(crate) fn new() -> PlaneCells {
        PlaneCells {
            rows: std::array::from_fn(|_| Vec::new()),
        }
    }

    pub(crate) fn start_tile(&mut self, width: usize) {
        for row in &mut self.rows {
            row.clear();
            row.resize(width + 2 * MARGIN, Cell::ABSENT);
        }
    }

    pub(crate) fn start_row(&mut self) {
        self.rows.rotate_right(1);
    }

    #[inline(always)]
    pub(crate) fn keep(&mut self, x: usize, cell: Cell) {
        self.rows[0][x + MARGIN] = cell;
    }

    /// The cell of column `x` itself, whose sample is coded already.
    #[inline(always)]
    pub(crate) fn own(&self, x: usize) -> Cell {
        self.rows[0][x + MARGIN]
    }

    #[inline(always)]
    pub(crate) fn around(&self, x: usize) -> CellsAround {
        let [row, above, far] = &self.rows;
        let x = x + MARGIN;
        CellsAround {
            west: row[x - 1],
            north: above[x],
            north_east: above[x + 1],
            far_rank: far[x].rank,
        }
    }
}
