//! The samples around a pixel, and what is estimated from them (`docs/format.md`, *Thorough refinement*, *Estimates*).
//!
//! In: the neighbourhood of a batch. Out: for each sample of it the neighbours in its own channel and in the two
//! others, and estimates of the sample.

use crate::coders::refinement::cells::{
    NEIGHBORS, NORTH, NORTH_EAST, NORTH_NORTH, NORTH_NORTH_WEST, NORTH_NORTH_WEST_WEST, NORTH_WEST,
    NORTH_WEST_WEST, Neighborhood, WEST, WEST_WEST, WEST_WEST_WEST,
};
use crate::coders::refinement::dimensions::{LaneShorts, MEAN_UNIT, PREDICTORS};
use crate::coders::thorough::dimensions::ESTIMATES;

/// Neighbours of which the other channels are used.
const OTHERS: usize = 8;
/// The neighbour to the west of each of them.
const TO_THE_WEST: [usize; OTHERS] = [
    WEST_WEST,
    NORTH_WEST,
    NORTH_WEST_WEST,
    NORTH,
    WEST_WEST_WEST,
    NORTH_NORTH_WEST,
    NORTH_NORTH_WEST_WEST,
    NORTH_NORTH,
];

/// The neighbours of a batch.
pub(crate) struct BatchSurroundings {
    own: [LaneShorts; NEIGHBORS.len()],
    other: [OtherChannel<LaneShorts>; 2],
}

/// A channel that was coded before: earlier in the same pixel, or in the pixel to the west.
#[derive(Clone, Copy)]
pub(crate) struct OtherChannel<T> {
    /// Its sample here.
    pub(crate) here: T,
    /// Its samples in the first eight neighbours.
    pub(crate) around: [T; OTHERS],
}

/// The neighbours of one sample.
pub(crate) struct Surroundings {
    pub(crate) own: [i32; NEIGHBORS.len()],
    pub(crate) other: [OtherChannel<i32>; 2],
    pub(crate) median: i32,
}

impl BatchSurroundings {
    #[inline(always)]
    pub(crate) fn new(
        around: &Neighborhood<'_>,
        (channel, channels): (usize, usize),
        medians: &LaneShorts,
    ) -> BatchSurroundings {
        let other = |distance: usize| match channel.checked_sub(distance) {
            Some(channel) => OtherChannel {
                here: around.own_samples(channel),
                around: std::array::from_fn(|n| around.samples(n, channel, medians)),
            },
            None => {
                let channel = (channel + 2 * channels - distance) % channels;
                OtherChannel {
                    here: around.samples(WEST, channel, medians),
                    around: TO_THE_WEST.map(|n| around.samples(n, channel, medians)),
                }
            }
        };
        BatchSurroundings {
            own: std::array::from_fn(|n| around.samples(n, channel, medians)),
            other: [other(1), other(2)],
        }
    }

    /// Those of one lane.
    #[inline(always)]
    pub(crate) fn lane(&self, lane: usize, medians: &LaneShorts) -> Surroundings {
        Surroundings {
            own: std::array::from_fn(|neighbor| self.own[neighbor][lane].into()),
            other: self.other.each_ref().map(|other| OtherChannel {
                here: other.here[lane].into(),
                around: std::array::from_fn(|neighbor| other.around[neighbor][lane].into()),
            }),
            median: medians[lane].into(),
        }
    }
}

impl Surroundings {
    /// What the neighbour would be if it differed from this pixel as another channel does.
    #[inline(always)]
    pub(crate) fn shifted(&self, neighbor: usize, other: usize) -> i32 {
        self.own[neighbor] + self.step(neighbor, other)
    }

    /// How much another channel rises from a neighbour to here.
    #[inline(always)]
    pub(crate) fn step(&self, neighbor: usize, other: usize) -> i32 {
        self.other[other].here - self.other[other].around[neighbor]
    }

    /// All estimates.
    #[inline(always)]
    pub(crate) fn estimates(&self, means: [i32; PREDICTORS]) -> [i16; ESTIMATES] {
        let [w, n, nw, ne, ww, nn, _, nne, nww, ..] = self.own;
        let shifted = |neighbor: usize| self.shifted(neighbor, 0);
        let (w1, n1) = (shifted(WEST), shifted(NORTH));
        let (nw1, ne1) = (shifted(NORTH_WEST), shifted(NORTH_EAST));
        let (ww1, nn1) = (shifted(WEST_WEST), shifted(NORTH_NORTH));
        let (w2, n2) = (self.shifted(WEST, 1), self.shifted(NORTH, 1));
        let rounded = |predictor: usize| (means[predictor] + MEAN_UNIT / 2) >> 6;
        let estimates: [i32; ESTIMATES] = [
            rounded(3),
            rounded(1),
            rounded(0),
            self.median,
            w,
            n,
            ne,
            w + n - nw,
            n + ne - nne,
            2 * w - ww,
            2 * n - nn,
            nw + w - nww,
            self.other[0].here,
            w1,
            n1,
            ne1,
            w1 + n1 - nw1,
            2 * w1 - ww1,
            2 * n1 - nn1,
            w2,
            n2,
            w2 + n2 - self.shifted(NORTH_WEST, 1),
            (w1 + n1 + w + n) >> 2,
            (n1 + n2) >> 1,
        ];
        let mut shorts = [0; ESTIMATES];
        for (short, estimate) in shorts.iter_mut().zip(estimates) {
            *short = estimate as i16;
        }
        shorts
    }
}
