//! The regressors of least squares: differences of neighbouring samples (`docs/format.md`, *Refinement*, *Least squares*).
//!
//! In: the neighbourhood of a batch. Out: up to `N` numbers for each sample, from which a predictor makes its mean.

use std::ops::Range;

use crate::coders::refined::cells::{
    NORTH, NORTH_EAST, NORTH_NORTH, NORTH_WEST, NORTH_WEST_WEST, Neighborhood, WEST, WEST_WEST,
};
use crate::coders::refined::dimensions::{LANES, LaneShorts, minus};

/// Regressors of a pixel at most, from some neighbours.
pub(crate) const WIDE: usize = 24;
pub(crate) const NEAR: usize = 16;
/// Neighbours of which the channel itself is used, by the wide and by the near regressors.
const WIDE_NEIGHBORS: usize = 10;
const NEAR_NEIGHBORS: usize = 4;

/// Differences of neighbours to the base or to a sample of this pixel, for the samples of a batch. Those that are not used are 0.
pub(crate) struct Regressors<const N: usize> {
    pub(crate) values: [LaneShorts; N],
    pub(crate) used: usize,
}

impl<const N: usize> Regressors<N> {
    /// All are 0.
    pub(crate) fn none() -> Regressors<N> {
        Regressors {
            values: [[0; LANES]; N],
            used: 0,
        }
    }

    /// First the differences to `base` of the channel's first `neighbors` neighbours. Then, for each other channel, the
    /// differences of the neighbours `beside` to this pixel's sample and, if that is known already, those of `further`, and
    /// the difference of this pixel's sample to the base.
    #[inline(always)]
    fn gather(
        around: &Neighborhood<'_>,
        (channel, channels): (usize, usize),
        base: &LaneShorts,
        neighbors: usize,
        (beside, further): (&[usize], &[usize]),
    ) -> Regressors<N> {
        let mut regressors = Regressors::none();
        for neighbor in 0..neighbors {
            regressors.push(around.differences(neighbor, channel, base));
        }
        for other in (0..channels).filter(|&other| other != channel) {
            let known = other < channel;
            let own = match known {
                true => around.own_samples(other),
                false => *base,
            };
            for &neighbor in beside {
                regressors.push(around.differences(neighbor, other, &own));
            }
            if known {
                for &neighbor in further {
                    regressors.push(around.differences(neighbor, other, &own));
                }
                regressors.push(minus(&own, base));
            }
        }
        regressors
    }

    #[inline(always)]
    fn push(&mut self, values: LaneShorts) {
        self.values[self.used] = values;
        self.used += 1;
    }
}

/// The numbers of some lanes; 0 in the others.
#[inline(always)]
pub(crate) fn masked(numbers: &LaneShorts, lanes: &Range<usize>) -> LaneShorts {
    std::array::from_fn(|lane| {
        if lanes.start <= lane && lane < lanes.end {
            numbers[lane]
        } else {
            0
        }
    })
}

impl Regressors<WIDE> {
    /// From ten neighbours: 14, 19 or 24 regressors in three channels.
    #[inline(always)]
    pub(crate) fn wide(
        around: &Neighborhood<'_>,
        channel: (usize, usize),
        base: &LaneShorts,
    ) -> Regressors<WIDE> {
        let beside = [WEST, NORTH];
        let further = [NORTH_EAST, WEST_WEST, NORTH_NORTH, NORTH_WEST_WEST];
        Regressors::gather(around, channel, base, WIDE_NEIGHBORS, (&beside, &further))
    }
}

impl Regressors<NEAR> {
    /// From the nearest neighbours: 10, 11 or 12 regressors in three channels.
    #[inline(always)]
    pub(crate) fn near(
        around: &Neighborhood<'_>,
        channel: (usize, usize),
        base: &LaneShorts,
    ) -> Regressors<NEAR> {
        let beside = [WEST, NORTH, NORTH_WEST];
        Regressors::gather(around, channel, base, NEAR_NEIGHBORS, (&beside, &[]))
    }
}
