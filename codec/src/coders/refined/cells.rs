//! What is remembered of coded pixels, in the order of the wavefront (`docs/format.md`, *Refinement*, *Cells*).

use super::{CHANNELS, PREDICTORS};

/// The neighbours of a pixel, `(rows above, columns to the right)`.
pub(super) const NEIGHBOURS: [(usize, isize); 14] = [
    (0, -1),
    (1, 0),
    (1, -1),
    (1, 1),
    (0, -2),
    (2, 0),
    (2, -1),
    (2, 1),
    (1, -2),
    (2, 2),
    (2, -2),
    (0, -3),
    (3, 0),
    (1, -3),
];
pub(super) const WEST: usize = 0;
pub(super) const NORTH: usize = 1;
pub(super) const NORTH_WEST: usize = 2;
pub(super) const NORTH_EAST: usize = 3;
pub(super) const WEST_WEST: usize = 4;
pub(super) const NORTH_NORTH: usize = 5;
pub(super) const NORTH_WEST_WEST: usize = 8;

/// Rows above that a neighbour can be.
const MARGIN: usize = 3;

/// A coded pixel.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    /// Whether the pixel is in the tile; the rest has no meaning otherwise, but its places and errors.
    pub(super) inside: bool,
    /// Where each sample was in the network's distribution, of 256.
    pub(super) places: [u8; CHANNELS],
    pub(super) samples: [i16; CHANNELS],
    /// Sample minus the network's median.
    pub(super) residuals: [i16; CHANNELS],
    /// Distance to the mean of each linear predictor, in sixteenths.
    pub(super) errors: [[u16; PREDICTORS]; CHANNELS],
}

static OUTSIDE: Cell = Cell {
    inside: false,
    places: [128; CHANNELS],
    samples: [0; CHANNELS],
    residuals: [0; CHANNELS],
    errors: [[64; PREDICTORS]; CHANNELS],
};

/// The last steps of one tile.
pub(crate) struct Cells {
    width: usize,
    shear: usize,
    /// Steps that are kept, a power of two.
    kept: usize,
    stride: usize,
    cells: Vec<Cell>,
}

impl Cells {
    pub(crate) fn new(shear: usize, width: usize, height: usize) -> Cells {
        let (kept, stride) = (kept(shear), height + MARGIN);
        Cells {
            width,
            shear,
            kept,
            stride,
            cells: vec![OUTSIDE; kept * stride],
        }
    }

    /// Bytes that the cells of a tile take.
    pub(crate) fn bytes(shear: usize, height: usize) -> u64 {
        (kept(shear) * (height + MARGIN) * size_of::<Cell>()) as u64
    }

    /// Makes room for step `t`, which follows step `t − 1`.
    pub(crate) fn start(&mut self, t: usize) {
        let start = (t & (self.kept - 1)) * self.stride;
        let first = (t + 1).saturating_sub(self.width).div_ceil(self.shear);
        let old = first.saturating_sub(self.kept.div_ceil(self.shear) + 1);
        let last = (t / self.shear + 1 + MARGIN).min(self.stride);
        if old < last {
            self.cells[start + old..start + last].fill(OUTSIDE);
        }
    }

    #[inline(always)]
    fn index(&self, t: usize, y: usize) -> usize {
        (t & (self.kept - 1)) * self.stride + y + MARGIN
    }

    #[inline(always)]
    pub(super) fn cell_mut(&mut self, t: usize, y: usize) -> &mut Cell {
        let index = self.index(t, y);
        &mut self.cells[index]
    }
}

fn kept(shear: usize) -> usize {
    (3 * shear)
        .max(2 * shear + 2)
        .max(shear + 3)
        .saturating_add(1)
        .next_power_of_two()
}

/// A pixel and its neighbours.
pub(super) struct Around<'a> {
    /// The pixel itself: its earlier channels.
    pub(super) own: &'a Cell,
    pub(super) cells: [&'a Cell; NEIGHBOURS.len()],
}

impl<'a> Around<'a> {
    #[inline(always)]
    pub(super) fn new(cells: &'a Cells, t: usize, y: usize) -> Around<'a> {
        let mut around = Around {
            own: &cells.cells[cells.index(t, y)],
            cells: [&OUTSIDE; NEIGHBOURS.len()],
        };
        for (neighbour, (dy, dx)) in around.cells.iter_mut().zip(NEIGHBOURS) {
            let steps = (cells.shear * dy) as isize - dx;
            if steps > 0 {
                *neighbour = &cells.cells[cells.index(t.wrapping_sub(steps as usize), y) - dy];
            }
        }
        around
    }

    /// The sample of a neighbour, `otherwise` when it is outside.
    #[inline(always)]
    pub(super) fn sample(&self, neighbour: usize, channel: usize, otherwise: i16) -> i16 {
        let cell = self.cells[neighbour];
        if cell.inside {
            cell.samples[channel]
        } else {
            otherwise
        }
    }

    #[inline(always)]
    pub(super) fn place(&self, neighbour: usize, channel: usize) -> usize {
        self.cells[neighbour].places[channel].into()
    }
}
