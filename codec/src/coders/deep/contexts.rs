//! The contexts of the decisions (`docs/format.md`, *Deep contexts*).
//!
//! In: what surrounds a sample, and what is predicted for it. Out: numbers that select counters and weights.

use crate::coders::deep::dimensions::{CONTEXTS, LEAST_SQUARES, MEAN_UNIT};
use crate::coders::deep::history::cells::{Cell, CellsAround};
use crate::coders::deep::linear::prediction::Prediction;
use crate::coders::linear::mean_errors::class;
use crate::coders::mixing::hash::hash;
use crate::coders::tile_neighbors::TileNeighbors;

/// Everything that is known of a sample before it is coded.
pub(crate) struct SampleContext<'a> {
    pub(crate) around: &'a TileNeighbors<i32>,
    pub(crate) cells: &'a CellsAround,
    pub(crate) prediction: &'a Prediction,
    /// The sample and the cell of this pixel in the channel before; for channel 0 those of W.
    pub(crate) before: (i32, Cell),
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

    /// The numbers that select the counters.
    #[inline(always)]
    pub(crate) fn counters(&self) -> [u32; CONTEXTS] {
        let &SampleContext {
            around,
            cells,
            prediction,
            before: (known, before),
            first_rank,
        } = self;
        let (class, half) = (prediction.class() as i32, self.half());
        let (middle, mean) = (prediction.middle(), prediction.mean());
        let &TileNeighbors {
            west,
            north,
            north_west,
            north_east,
            west_west,
            north_north,
            north_north_east,
        } = around;
        let corner = hash(hash(west as u32, north_west as u32), north_east as u32);
        let surroundings = hash(corner, north as u32);
        let far = hash(hash(surroundings, west_west as u32), north_north as u32);
        let small = |residual: i32, limit: i32| residual.clamp(-limit, limit) + limit;
        let single = |number: i32| number as u32;
        [
            single(class | (before.rank >> 3) << 8),
            single(half | (before.rank >> 4) << 8 | (first_rank >> 4) << 16),
            single(middle),
            hash(single(middle >> 2), single(half)),
            single(self.error_level(west) | self.error_level(north) << 8 | (class >> 2) << 16),
            single(cells.far_rank >> 5 | (cells.north.rank >> 5) << 8 | half << 16),
            single(
                self.error_level(north_east)
                    | self.error_level(west_west) << 8
                    | (class >> 2) << 16,
            ),
            hash(single(known), single(small(before.residual, 20))),
            hash(single(west), single(north)),
            single(
                self.near(west, 16)
                    | self.near(north, 16) << 8
                    | self.near(north_east, 8) << 16
                    | self.near(north_west, 4) << 24,
            ),
            single(
                self.near(2 * north - north_north, 16)
                    | self.near(2 * west - west_west, 16) << 8
                    | half << 16,
            ),
            single(
                self.equalities() as i32
                    | self.near(west, 2) << 8
                    | self.near(north, 2) << 16
                    | (half >> 1) << 24,
            ),
            surroundings,
            hash(far, single(north_north_east)),
            single(
                small(cells.west.residual, 8)
                    | small(cells.north.residual, 8) << 8
                    | small(cells.north_east.residual, 4) << 16
                    | (half >> 1) << 24,
            ),
            single(self.error_level(north_north_east) | ((mean & 63) >> 3) << 8 | half << 16),
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
