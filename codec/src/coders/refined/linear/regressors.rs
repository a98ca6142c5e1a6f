//! The regressors of least squares: differences of neighbouring samples (`docs/format.md`, *Refinement*, *Least squares*).
//!
//! In: the neighbourhood of a pixel. Out: up to `N` numbers, from which a predictor makes its mean.

use crate::coders::refined::cells::{
    NEIGHBORS, NORTH, NORTH_EAST, NORTH_NORTH, NORTH_WEST, NORTH_WEST_WEST, Neighborhood, WEST,
    WEST_WEST,
};

/// Neighbours whose own channel the near regressors use.
const NEAR_NEIGHBORS: usize = 6;

/// Differences of neighbours to the base or to a sample of this pixel. Those that are not used are 0.
pub(crate) struct Regressors<const N: usize> {
    pub(crate) values: [i16; N],
    pub(crate) used: usize,
}

impl<const N: usize> Regressors<N> {
    /// All are 0.
    pub(crate) fn none() -> Regressors<N> {
        Regressors {
            values: [0; N],
            used: 0,
        }
    }

    /// First the differences to `base` of the channel's first `neighbors` neighbours. Then, for each other channel, the
    /// differences of the neighbours `beside` to this pixel's sample and, if that is known already, those of `further`, and
    /// the difference of this pixel's sample to the base.
    #[inline(always)]
    fn gather(
        around: &Neighborhood,
        (channel, channels): (usize, usize),
        base: i16,
        neighbors: usize,
        (beside, further): (&[usize], &[usize]),
    ) -> Regressors<N> {
        let mut regressors = Regressors::none();
        for neighbor in 0..neighbors {
            regressors.push(around.sample(neighbor, channel, base) - base);
        }
        for other in (0..channels).filter(|&other| other != channel) {
            let known = other < channel;
            let own = if known {
                around.own.samples[other]
            } else {
                base
            };
            for &neighbor in beside {
                regressors.push(around.sample(neighbor, other, own) - own);
            }
            if known {
                for &neighbor in further {
                    regressors.push(around.sample(neighbor, other, own) - own);
                }
                regressors.push(own - base);
            }
        }
        regressors
    }

    #[inline(always)]
    fn push(&mut self, value: i16) {
        self.values[self.used] = value;
        self.used += 1;
    }
}

impl Regressors<32> {
    /// From all fourteen neighbours: 20, 25 or 30 regressors in three channels.
    #[inline(always)]
    pub(crate) fn wide(
        around: &Neighborhood,
        channel: (usize, usize),
        base: i16,
    ) -> Regressors<32> {
        let beside = [WEST, NORTH, NORTH_WEST];
        let further = [NORTH_EAST, WEST_WEST, NORTH_NORTH, NORTH_WEST_WEST];
        Regressors::gather(around, channel, base, NEIGHBORS.len(), (&beside, &further))
    }
}

impl Regressors<16> {
    /// From the nearest neighbours: 12, 13 or 14 regressors in three channels.
    #[inline(always)]
    pub(crate) fn near(
        around: &Neighborhood,
        channel: (usize, usize),
        base: i16,
    ) -> Regressors<16> {
        let beside = [WEST, NORTH, NORTH_WEST];
        Regressors::gather(around, channel, base, NEAR_NEIGHBORS, (&beside, &[]))
    }
}
