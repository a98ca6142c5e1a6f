//! Weights in the order in which a product reads them.

/// Columns of a panel. Outputs of layers are padded to a multiple of it.
pub(crate) const PANEL: usize = 16;

/// The length of a row of `columns` values with its padding.
pub(crate) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(PANEL)
}

/// A matrix cut into panels of [`PANEL`] columns, each row-major. The columns that fill the last panel are 0.
pub(crate) struct Panels {
    values: Vec<f32>,
    rows: usize,
}

impl Panels {
    /// Cuts a matrix of `rows × columns`, row-major.
    pub(crate) fn new(matrix: &[f32], columns: usize) -> Self {
        let rows = matrix.len() / columns;
        let mut panels = Self::zero(rows, columns);
        for (y, row) in matrix.chunks_exact(columns).enumerate() {
            for (p, part) in row.chunks(PANEL).enumerate() {
                let start = (p * rows + y) * PANEL;
                panels.values[start..start + part.len()].copy_from_slice(part);
            }
        }
        panels
    }

    /// Cuts the transpose of a matrix of `rows × columns`, row-major.
    pub(crate) fn transposed(matrix: &[f32], columns: usize) -> Self {
        let rows = matrix.len() / columns;
        let mut panels = Self::zero(columns, rows);
        for (y, row) in matrix.chunks_exact(columns).enumerate() {
            for (x, &value) in row.iter().enumerate() {
                panels.values[(y / PANEL * columns + x) * PANEL + y % PANEL] = value;
            }
        }
        panels
    }

    fn zero(rows: usize, columns: usize) -> Self {
        Self {
            values: vec![0.0; rows * padded(columns)],
            rows,
        }
    }

    /// The number of panels.
    pub(crate) fn count(&self) -> usize {
        self.values.len() / (self.rows * PANEL)
    }

    /// A panel, row by row.
    #[inline(always)]
    pub(crate) fn panel(&self, index: usize) -> &[f32] {
        &self.values[index * self.rows * PANEL..][..self.rows * PANEL]
    }
}
