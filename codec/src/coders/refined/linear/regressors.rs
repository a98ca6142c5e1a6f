//! What the predictors by least squares are made from: neighbouring samples (`docs/format.md`, *Refinement*, *Least squares*).

use super::cells::{
    Around, NORTH, NORTH_EAST, NORTH_NORTH, NORTH_WEST, NORTH_WEST_WEST, WEST, WEST_WEST,
};

/// Differences of neighbours to the base or to a sample of this pixel; those that are not used are 0.
pub(super) struct Inputs<const N: usize> {
    pub(super) values: [i16; N],
    pub(super) used: usize,
}

impl<const N: usize> Inputs<N> {
    pub(super) fn none() -> Inputs<N> {
        Inputs {
            values: [0; N],
            used: 0,
        }
    }

    /// The differences of the first `neighbours` neighbours in the channel to `base`; then, of each other channel, those of the
    /// neighbours `beside` and, if it is known already, also of `further`, to this pixel's sample, and that sample's to the base.
    #[inline(always)]
    fn gather(
        around: &Around,
        (channel, channels): (usize, usize),
        base: i16,
        neighbours: usize,
        (beside, further): (&[usize], &[usize]),
    ) -> Inputs<N> {
        let mut inputs = Inputs::none();
        for neighbour in 0..neighbours {
            inputs.push(around.sample(neighbour, channel, base) - base);
        }
        for other in (0..channels).filter(|&other| other != channel) {
            let known = other < channel;
            let own = if known {
                around.own.samples[other]
            } else {
                base
            };
            for &neighbour in beside {
                inputs.push(around.sample(neighbour, other, own) - own);
            }
            if known {
                for &neighbour in further {
                    inputs.push(around.sample(neighbour, other, own) - own);
                }
                inputs.push(own - base);
            }
        }
        inputs
    }

    #[inline(always)]
    fn push(&mut self, value: i16) {
        self.values[self.used] = value;
        self.used += 1;
    }
}

impl Inputs<32> {
    /// Of all fourteen neighbours: 20, 25 or 30 inputs in three channels.
    #[inline(always)]
    pub(super) fn wide(around: &Around, channel: (usize, usize), base: i16) -> Inputs<32> {
        let beside = [WEST, NORTH, NORTH_WEST];
        let further = [NORTH_EAST, WEST_WEST, NORTH_NORTH, NORTH_WEST_WEST];
        Inputs::gather(around, channel, base, 14, (&beside, &further))
    }
}

impl Inputs<16> {
    /// Of the nearest neighbours: 12, 13 or 14 inputs in three channels.
    #[inline(always)]
    pub(super) fn near(around: &Around, channel: (usize, usize), base: i16) -> Inputs<16> {
        let beside = [WEST, NORTH, NORTH_WEST];
        Inputs::gather(around, channel, base, 6, (&beside, &[]))
    }
}
