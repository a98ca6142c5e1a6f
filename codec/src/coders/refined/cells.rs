//! What is kept of coded pixels (`docs/format.md`, *Refinement*, *Cells*).
//!
//! In: the cell of each coded pixel, in the order of the wavefront. Out: the neighbourhood of the next one.

use crate::coders::refined::dimensions::{CHANNELS, PREDICTORS};

/// The neighbours of a pixel, `(rows above, columns to the right)`.
pub(crate) const NEIGHBORS: [(usize, isize); 14] = [
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
pub(crate) const WEST: usize = 0;
pub(crate) const NORTH: usize = 1;
pub(crate) const NORTH_WEST: usize = 2;
pub(crate) const NORTH_EAST: usize = 3;
pub(crate) const WEST_WEST: usize = 4;
pub(crate) const NORTH_NORTH: usize = 5;
pub(crate) const NORTH_WEST_WEST: usize = 8;

/// Rows above that a neighbour can be in.
const MARGIN: usize = 3;

/// A coded pixel.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    /// Whether the pixel is in the tile. If not, only its ranks and errors are used.
    pub(crate) inside: bool,
    /// The rank of each sample in the network's distribution, of 256.
    pub(crate) ranks: [u8; CHANNELS],
    pub(crate) samples: [i16; CHANNELS],
    /// Sample minus the network's median.
    pub(crate) residuals: [i16; CHANNELS],
    /// Distance to the mean of each linear predictor, in sixteenths.
    pub(crate) errors: [[u16; PREDICTORS]; CHANNELS],
}

static OUTSIDE: Cell = Cell {
    inside: false,
    ranks: [128; CHANNELS],
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
    /// For a tile of `width` by `height` pixels.
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

    /// Bytes of memory of the cells of a tile.
    pub(crate) fn bytes(shear: usize, height: usize) -> u64 {
        (kept(shear) * (height + MARGIN) * size_of::<Cell>()) as u64
    }

    /// Makes room for step `t`, which must follow step `t − 1`.
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
    pub(crate) fn cell_mut(&mut self, t: usize, y: usize) -> &mut Cell {
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
pub(crate) struct Neighborhood<'a> {
    /// The pixel itself, with its earlier channels.
    pub(crate) own: &'a Cell,
    pub(crate) cells: [&'a Cell; NEIGHBORS.len()],
}

impl<'a> Neighborhood<'a> {
    #[inline(always)]
    pub(crate) fn new(cells: &'a Cells, t: usize, y: usize) -> Neighborhood<'a> {
        let mut around = Neighborhood {
            own: &cells.cells[cells.index(t, y)],
            cells: [&OUTSIDE; NEIGHBORS.len()],
        };
        for (neighbour, (dy, dx)) in around.cells.iter_mut().zip(NEIGHBORS) {
            let steps = (cells.shear * dy) as isize - dx;
            if steps > 0 {
                *neighbour = &cells.cells[cells.index(t.wrapping_sub(steps as usize), y) - dy];
            }
        }
        around
    }

    /// The sample of a neighbour, or `otherwise` if it is outside.
    #[inline(always)]
    pub(crate) fn sample(&self, neighbour: usize, channel: usize, otherwise: i16) -> i16 {
        let cell = self.cells[neighbour];
        if cell.inside {
            cell.samples[channel]
        } else {
            otherwise
        }
    }

    /// The rank of a neighbour's sample, of 256.
    #[inline(always)]
    pub(crate) fn rank(&self, neighbour: usize, channel: usize) -> usize {
        self.cells[neighbour].ranks[channel].into()
    }
}
