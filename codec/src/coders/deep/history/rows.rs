//! What is kept of the rows of a plane (`docs/format.md`, *Deep method*).

use crate::coders::deep::history::cells::PlaneCells;
use crate::coders::deep::history::errors::ColumnErrors;
use crate::coders::deep::history::window::Window;

/// What is kept of the rows of a plane.
pub(crate) struct PlaneRows {
    pub(crate) window: Window,
    pub(crate) cells: PlaneCells,
    pub(crate) errors: ColumnErrors,
}

impl PlaneRows {
    /// Bytes of memory, in tiles of `columns`.
    pub(crate) fn memory(columns: u64) -> u64 {
        /// Columns beside the tile.
        const MARGINS: u64 = 16;
        let column = Window::COLUMN_BYTES + PlaneCells::COLUMN_BYTES + ColumnErrors::COLUMN_BYTES;
        columns.saturating_add(MARGINS).saturating_mul(column)
    }

    pub(crate) fn new() -> PlaneRows {
        PlaneRows {
            window: Window::new(),
            cells: PlaneCells::new(),
            errors: ColumnErrors::new(),
        }
    }

    pub(crate) fn start_tile(&mut self, width: usize) {
        self.window.start_tile(width);
        self.cells.start_tile(width);
        self.errors.start_tile(width);
    }

    pub(crate) fn start_row(&mut self) {
        self.window.start_row();
        self.cells.start_row();
    }
}
