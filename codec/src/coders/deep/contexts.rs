//! The contexts of the decisions (`docs/format.md`, *Deep contexts*).
//!
//! In: what surrounds a sample, and what is predicted for it. Out: numbers that select counters and weights.

use crate::coders::deep::dimensions::{CONTEXTS, LEAST_SQUARES, MEAN_UNIT};
use crate::coders::deep::history::cells::{Cell, CellsAround};
use crate::coders::deep::linear::prediction::Prediction;
use crate::coders::linear::mean_errors::class;
use crate::coders::mixing::hash::hash;
use crate::coders::tile_neighbors::TileNeighbors;

/// A sample that is coded, and what is kept of it.
#[derive(Clone, Copy)]
pub(crate) struct CodedSample {
    pub(crate) sample: i32,
    pub(crate) cell: Cell,
}

/// Everything that is known of a sample before it is coded.
pub(crate) struct SampleContext<'a> {
    pub(crate) around: &'a TileNeighbors<i32>,
    pub(crate) cells: &'a CellsAround,
    pub(crate) prediction: &'a Prediction,
    /// The sample and the cell of this pixel in the channel before; for channel 0 those of W.
    pub(crate) before: CodedSample,
    /// For channel 2, the rank of this pixel in channel 0; else that of N.
    pub(crate) first_rank: i32,
}

impl SampleContext<'_> {
    /// Half the class of the errors around.
    #[inline(always)]
    pub(crate) fn half(&self) -> i32 {
        self.prediction.class() as i32 >> 1
    }

    /// The distance of a sample to the middle, at most `limit`, made positive.
    #[inline(always)]
    fn near(&self, sample: i32, limit: i32) -> i32 {
        (sample - self.prediction.middle()).clamp(-limit, limit) + limit
    }

    /// The distance of a sample to the mean in mean errors, as a level of 0 to 32.
    #[inline(always)]
    fn error_level(&self, sample: i32) -> i32 {
        let distance = i64::from(sample * MEAN_UNIT - self.prediction.mean()) << 6;
        let levels = signed_level(distance / i64::from(self.prediction.error.max(64)));
        levels.clamp(-16, 16) + 16
    }

    /// Which neighbours are equal, in 6 bits, the first comparison in the highest.
    #[inline(always)]
    fn equalities(&self) -> usize {
        (self.around.equalities().reverse_bits() >> (u32::BITS - 6)) as usize
    }

    /// How far two samples are from the mean, and a quarter of the class.
    #[inline(always)]
    fn error_levels(&self, first: i32, second: i32) -> u32 {
        let quarter = self.prediction.class() as i32 >> 2;
        (self.error_level(first) | self.error_level(second) << 8 | quarter << 16) as u32
    }

    /// How far the nearest neighbours are from the middle.
    #[inline(always)]
    fn near_neighbors(&self) -> u32 {
        let around = self.around;
        let sides = self.near(around.west, 16) | self.near(around.north, 16) << 8;
        let corners = self.near(around.north_east, 8) | self.near(around.north_west, 4) << 8;
        (sides | corners << 16) as u32
    }

    /// How far the lines through two neighbours to the north, and to the west, lead from the middle.
    #[inline(always)]
    fn near_lines(&self) -> u32 {
        let around = self.around;
        let north = self.near(2 * around.north - around.north_north, 16);
        let west = self.near(2 * around.west - around.west_west, 16);
        (north | west << 8 | self.half() << 16) as u32
    }

    /// Which neighbours are equal to each other and to the middle.
    #[inline(always)]
    fn near_equalities(&self) -> u32 {
        let sides = self.near(self.around.west, 2) | self.near(self.around.north, 2) << 8;
        (self.equalities() as i32 | sides << 8 | (self.half() >> 1) << 24) as u32
    }

    /// The residuals around.
    #[inline(always)]
    fn residuals(&self) -> u32 {
        let cells = self.cells;
        let sides = small(cells.west.residual, 8) | small(cells.north.residual, 8) << 8;
        let north_east = small(cells.north_east.residual, 4);
        (sides | north_east << 16 | (self.half() >> 1) << 24) as u32
    }

    /// The numbers that select the counters.
    #[inline(always)]
    pub(crate) fn counters(&self) -> [u32; CONTEXTS] {
        let &SampleContext {
            around,
            cells,
            prediction,
            before: CodedSample { sample, cell },
            first_rank,
        } = self;
        let (class, half) = (prediction.class() as i32, self.half());
        let (middle, mean) = (prediction.middle(), prediction.mean());
        let [west, north] = [around.west as u32, around.north as u32];
        let corner = hash(
            hash(west, around.north_west as u32),
            around.north_east as u32,
        );
        let surroundings = hash(corner, north);
        let far = hash(
            hash(surroundings, around.west_west as u32),
            around.north_north as u32,
        );
        let far_ranks = cells.far_rank >> 5 | (cells.north.rank >> 5) << 8;
        let far_error = self.error_level(around.north_north_east);
        [
            (class | (cell.rank >> 3) << 8) as u32,
            (half | (cell.rank >> 4) << 8 | (first_rank >> 4) << 16) as u32,
            middle as u32,
            hash((middle >> 2) as u32, half as u32),
            self.error_levels(around.west, around.north),
            (far_ranks | half << 16) as u32,
            self.error_levels(around.north_east, around.west_west),
            hash(sample as u32, small(cell.residual, 20) as u32),
            hash(west, north),
            self.near_neighbors(),
            self.near_lines(),
            self.near_equalities(),
            surroundings,
            hash(far, around.north_north_east as u32),
            self.residuals(),
            (far_error | ((mean & 63) >> 3) << 8 | half << 16) as u32,
        ]
    }

    /// The numbers that select the weight sets, below [`SETS`](crate::coders::deep::decisions::SETS).
    #[inline(always)]
    pub(crate) fn sets(&self) -> [usize; 3] {
        let prediction = self.prediction;
        let above = usize::from(prediction.mean() & (MEAN_UNIT / 2) != 0);
        let ranks = (self.cells.west.rank >> 4) << 4 | self.cells.north.rank >> 4;
        [
            prediction.class(),
            self.equalities() | above << 6,
            ranks as usize,
        ]
    }

    /// How much the predictors disagree, below 64.
    #[inline(always)]
    pub(crate) fn disagreement(&self) -> usize {
        let means = &self.prediction.means[..LEAST_SQUARES];
        let largest = means.iter().copied().max().unwrap_or(0);
        let smallest = means.iter().copied().min().unwrap_or(0);
        class((largest - smallest) as u32 >> 1).min(63)
    }
}

/// A residual of at most `limit`, made positive.
#[inline(always)]
fn small(residual: i32, limit: i32) -> i32 {
    residual.clamp(-limit, limit) + limit
}

/// 0 for 0; then two levels for each doubling, with the sign.
#[inline(always)]
fn signed_level(distance: i64) -> i32 {
    let size = distance.unsigned_abs();
    if size == 0 {
        return 0;
    }
    let octave = size.ilog2();
    let level = 2 * octave as i32 + 1 + ((size << 1 >> octave) & 1) as i32;
    if distance < 0 { -level } else { level }
}
