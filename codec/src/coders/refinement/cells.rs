//! What is kept of coded pixels (`docs/format.md`, *Refinement*, *Cells*).
//!
//! In: the samples of a batch and what was known of them, in the order of the wavefront. Out: the neighbourhood of the
//! next batch. Rows of one step lie side by side, so that the lanes of a batch are loaded together.

use std::ops::Range;

use crate::coders::refinement::dimensions::{CHANNELS, LANES, LaneShorts, PREDICTORS, minus};

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
pub(crate) const NORTH_NORTH_WEST: usize = 6;
pub(crate) const NORTH_NORTH_EAST: usize = 7;
pub(crate) const NORTH_WEST_WEST: usize = 8;
pub(crate) const NORTH_NORTH_WEST_WEST: usize = 10;
pub(crate) const WEST_WEST_WEST: usize = 11;

/// Rows above that a neighbour can be in.
const MARGIN: usize = 3;

/// The sample, rank, residual and errors of a pixel outside the tile.
const ABSENT: i16 = -1;
const ABSENT_RANK: i16 = 128;
const ABSENT_RESIDUAL: i16 = 0;
const ABSENT_ERROR: i16 = 64;

/// What is kept of one sample.
pub(crate) struct CodedSample {
    pub(crate) sample: i16,
    /// Where it lies in the network's distribution, in parts of 256.
    pub(crate) rank: i16,
    /// Sample minus the network's median.
    pub(crate) residual: i16,
}

/// One channel of the cells, by step and row.
struct ChannelCells {
    samples: Vec<i16>,
    ranks: Vec<i16>,
    residuals: Vec<i16>,
    /// Distance to the mean of each linear predictor, in sixteenths.
    errors: [Vec<i16>; PREDICTORS],
}

impl ChannelCells {
    fn new(size: usize) -> ChannelCells {
        ChannelCells {
            samples: vec![ABSENT; size],
            ranks: vec![ABSENT_RANK; size],
            residuals: vec![ABSENT_RESIDUAL; size],
            errors: std::array::from_fn(|_| vec![ABSENT_ERROR; size]),
        }
    }

    fn clear(&mut self, cells: Range<usize>) {
        self.samples[cells.clone()].fill(ABSENT);
        self.ranks[cells.clone()].fill(ABSENT_RANK);
        self.residuals[cells.clone()].fill(ABSENT_RESIDUAL);
        for errors in &mut self.errors {
            errors[cells.clone()].fill(ABSENT_ERROR);
        }
    }
}

/// The last steps of one tile.
pub(crate) struct TileCells {
    width: usize,
    shear: usize,
    /// Steps that are kept, a power of two.
    kept: usize,
    stride: usize,
    planes: Vec<ChannelCells>,
}

impl TileCells {
    /// For a tile of `width` by `height` pixels with `channels` samples each.
    pub(crate) fn new(channels: usize, shear: usize, width: usize, height: usize) -> TileCells {
        let (kept, stride) = (kept(shear), stride(height));
        TileCells {
            width,
            shear,
            kept,
            stride,
            planes: (0..channels)
                .map(|_| ChannelCells::new(kept * stride))
                .collect(),
        }
    }

    /// Bytes of memory of the cells of a tile.
    pub(crate) fn bytes(shear: usize, height: usize) -> u64 {
        let numbers = CHANNELS * (3 + PREDICTORS);
        (TileCells::count(shear, height) * numbers * size_of::<i16>()) as u64
    }

    /// The number of cells of a tile, of each channel.
    pub(crate) fn count(shear: usize, height: usize) -> usize {
        kept(shear) * stride(height)
    }

    /// The number of cells of this tile, of each channel.
    pub(crate) fn len(&self) -> usize {
        self.kept * self.stride
    }

    /// Rows of the tile.
    pub(crate) fn rows(&self) -> usize {
        self.stride - stride(0)
    }

    /// Pixels of the tile.
    pub(crate) fn pixels(&self) -> usize {
        self.width * self.rows()
    }

    /// Makes room for step `t`, which must follow step `t − 1`.
    pub(crate) fn start(&mut self, t: usize) {
        let cells = self.started(t);
        for planes in &mut self.planes {
            planes.clear(cells.clone());
        }
    }

    /// The cells that step `t` makes room for.
    pub(crate) fn started(&self, t: usize) -> Range<usize> {
        let start = (t & (self.kept - 1)) * self.stride;
        let first = (t + 1).saturating_sub(self.width).div_ceil(self.shear);
        let old = first.saturating_sub(self.kept.div_ceil(self.shear) + 1);
        let last = (t / self.shear + 1 + MARGIN).min(self.stride);
        start + old.min(last)..start + last
    }

    /// The cell of step `t` and row `y`.
    #[inline(always)]
    pub(crate) fn index(&self, t: usize, y: usize) -> usize {
        (t & (self.kept - 1)) * self.stride + y + MARGIN
    }

    /// Keeps a sample of step `t` and row `y`.
    #[inline(always)]
    pub(crate) fn keep(&mut self, t: usize, y: usize, channel: usize, coded: CodedSample) {
        let index = self.index(t, y);
        let planes = &mut self.planes[channel];
        planes.samples[index] = coded.sample;
        planes.ranks[index] = coded.rank;
        planes.residuals[index] = coded.residual;
    }

    /// Keeps the errors of a predictor in step `t`, from row `y` on.
    #[inline(always)]
    pub(crate) fn keep_errors(
        &mut self,
        t: usize,
        y: usize,
        (channel, predictor): (usize, usize),
        errors: &[i16],
    ) {
        let index = self.index(t, y);
        self.planes[channel].errors[predictor][index..index + errors.len()].copy_from_slice(errors);
    }
}

fn kept(shear: usize) -> usize {
    (3 * shear)
        .max(2 * shear + 2)
        .max(shear + 3)
        .saturating_add(1)
        .next_power_of_two()
}

/// Rows above the tile, the tile's rows, and what a load of the last row reads beyond it.
fn stride(height: usize) -> usize {
    MARGIN + height + LANES
}

/// The pixels of a batch and their neighbours.
pub(crate) struct Neighborhood<'a> {
    cells: &'a TileCells,
    own: usize,
    /// `None`: the neighbour is coded later.
    at: [Option<usize>; NEIGHBORS.len()],
}

impl<'a> Neighborhood<'a> {
    /// Of the pixels of step `t` from row `y` on.
    #[inline(always)]
    pub(crate) fn new(cells: &'a TileCells, t: usize, y: usize) -> Neighborhood<'a> {
        let mut around = Neighborhood {
            cells,
            own: cells.index(t, y),
            at: [None; NEIGHBORS.len()],
        };
        for (at, (dy, dx)) in around.at.iter_mut().zip(NEIGHBORS) {
            let steps = (cells.shear * dy) as isize - dx;
            if steps > 0 {
                *at = Some(cells.index(t.wrapping_sub(steps as usize), y) - dy);
            }
        }
        around
    }

    /// The cell of a neighbour of the first pixel, unless it is coded later.
    #[inline(always)]
    pub(crate) fn cell(&self, neighbor: usize) -> Option<usize> {
        self.at[neighbor]
    }

    /// The samples of a neighbour, or `otherwise` where it is absent.
    #[inline(always)]
    pub(crate) fn samples(
        &self,
        neighbor: usize,
        channel: usize,
        otherwise: &LaneShorts,
    ) -> LaneShorts {
        let Some(at) = self.at[neighbor] else {
            return *otherwise;
        };
        let samples = load(&self.cells.planes[channel].samples, at);
        std::array::from_fn(|lane| {
            if samples[lane] < 0 {
                otherwise[lane]
            } else {
                samples[lane]
            }
        })
    }

    /// How much the samples of a neighbour exceed `from`; 0 where it is absent.
    #[inline(always)]
    pub(crate) fn differences(
        &self,
        neighbor: usize,
        channel: usize,
        from: &LaneShorts,
    ) -> LaneShorts {
        minus(&self.samples(neighbor, channel, from), from)
    }

    /// The ranks of a neighbour, of 256.
    #[inline(always)]
    pub(crate) fn ranks(&self, neighbor: usize, channel: usize) -> LaneShorts {
        let ranks = &self.cells.planes[channel].ranks;
        self.at[neighbor].map_or([ABSENT_RANK; LANES], |at| load(ranks, at))
    }

    /// The residuals of a neighbour.
    #[inline(always)]
    pub(crate) fn residuals(&self, neighbor: usize, channel: usize) -> LaneShorts {
        let residuals = &self.cells.planes[channel].residuals;
        self.at[neighbor].map_or([ABSENT_RESIDUAL; LANES], |at| load(residuals, at))
    }

    /// The errors of a predictor at a neighbour.
    #[inline(always)]
    pub(crate) fn errors(&self, neighbor: usize, channel: usize, predictor: usize) -> LaneShorts {
        let errors = &self.cells.planes[channel].errors[predictor];
        self.at[neighbor].map_or([ABSENT_ERROR; LANES], |at| load(errors, at))
    }

    /// The samples of an earlier channel of the pixels themselves.
    #[inline(always)]
    pub(crate) fn own_samples(&self, channel: usize) -> LaneShorts {
        load(&self.cells.planes[channel].samples, self.own)
    }

    /// The ranks of an earlier channel of the pixels themselves.
    #[inline(always)]
    pub(crate) fn own_ranks(&self, channel: usize) -> LaneShorts {
        load(&self.cells.planes[channel].ranks, self.own)
    }

    /// The residuals of an earlier channel of the pixels themselves.
    #[inline(always)]
    pub(crate) fn own_residuals(&self, channel: usize) -> LaneShorts {
        load(&self.cells.planes[channel].residuals, self.own)
    }

    /// The errors of a predictor in an earlier channel of the pixels themselves.
    #[inline(always)]
    pub(crate) fn own_errors(&self, channel: usize, predictor: usize) -> LaneShorts {
        load(&self.cells.planes[channel].errors[predictor], self.own)
    }
}

#[inline(always)]
fn load(plane: &[i16], at: usize) -> LaneShorts {
    plane[at..]
        .first_chunk()
        .copied()
        .unwrap_or([ABSENT; LANES])
}
