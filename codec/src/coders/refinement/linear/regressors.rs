//! The regressors of least squares: differences of neighbouring samples (`docs/format.md`, *Refinement*, *Least
//! squares*).
//!
//! In: the neighbourhood of a batch. Out: up to 24 numbers for each sample, from which a predictor makes its mean.

use crate::coders::linear::sums::REGRESSORS;
use crate::coders::refinement::cells::{
    NORTH, NORTH_EAST, NORTH_NORTH, NORTH_WEST_WEST, Neighborhood, WEST, WEST_WEST,
};
use crate::coders::refinement::dimensions::{LANES, LaneShorts, minus};

/// Neighbours of which the channel itself is used.
const OWN_NEIGHBORS: usize = 10;

/// Differences of neighbours to the base or to a sample of this pixel, for the samples of a batch. Those that are not
/// used are 0.
pub(crate) struct Regressors {
    pub(crate) values: [LaneShorts; REGRESSORS],
    pub(crate) used: usize,
}

impl Regressors {
    /// All are 0.
    pub(crate) fn none() -> Regressors {
        Regressors {
            values: [[0; LANES]; REGRESSORS],
            used: 0,
        }
    }

    /// First the differences to `base` of the channel's own neighbours. Then, for each other channel, the differences
    /// of W and N to this pixel's sample and, if that is known already, those of further neighbours, and the difference
    /// of this pixel's sample to the base. In three channels these are 14, 19 or 24 regressors.
    #[inline(always)]
    pub(crate) fn gather(
        around: &Neighborhood<'_>,
        (channel, channels): (usize, usize),
        base: &LaneShorts,
    ) -> Regressors {
        let mut regressors = Regressors::none();
        for neighbor in 0..OWN_NEIGHBORS {
            regressors.push(around.differences(neighbor, channel, base));
        }
        for other in (0..channels).filter(|&other| other != channel) {
            let known = other < channel;
            let own = match known {
                true => around.own_samples(other),
                false => *base,
            };
            for neighbor in [WEST, NORTH] {
                regressors.push(around.differences(neighbor, other, &own));
            }
            if known {
                for neighbor in [NORTH_EAST, WEST_WEST, NORTH_NORTH, NORTH_WEST_WEST] {
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
