//! The adaptive probability map (APM, also SSE): the mixer's log-odds in, a probability learned from what such log-odds led
//! to before out (`docs/format.md`, *Refinement*, *A decision*).

use crate::coders::refined::cells::{NORTH, Neighborhood, WEST};
use crate::coders::refined::dimensions::{CHANNELS, LANES, NODES};
use crate::entropy::logistic::{MAX_LOG_ODDS, squash};

/// Log-odds between two knots.
const STEP: i32 = 512;
const KNOTS: usize = 33;
/// Units of a knot in log-odds.
const KNOT_UNIT: i32 = 16;

/// Log-odds at 33 knots for each channel, context and node.
pub(crate) struct Apm {
    knots: Vec<[i32; KNOTS]>,
}

/// What a map made of log-odds: where it read, and the probability.
#[derive(Clone, Copy)]
pub(crate) struct Mapped {
    map: usize,
    knot: usize,
    /// Distance to the knot.
    part: i32,
    probability: i32,
}

impl Mapped {
    pub(crate) const NONE: Mapped = Mapped {
        map: 0,
        knot: 0,
        part: 0,
        probability: 0,
    };
}

impl Apm {
    /// Contexts of one channel.
    const CONTEXTS: usize = 16;

    pub(crate) const BYTES: usize = CHANNELS * Apm::CONTEXTS * NODES * size_of::<[i32; KNOTS]>();

    /// Maps that change nothing.
    pub(crate) fn new() -> Apm {
        let identity = std::array::from_fn(|knot| (knot as i32 - 16) * STEP * KNOT_UNIT);
        Apm {
            knots: vec![identity; CHANNELS * Apm::CONTEXTS * NODES],
        }
    }

    /// The contexts of a batch: its channel and the ranks of west and north.
    #[inline(always)]
    pub(crate) fn contexts(around: &Neighborhood<'_>, channel: usize) -> [usize; LANES] {
        let (north, west) = (around.ranks(NORTH, channel), around.ranks(WEST, channel));
        std::array::from_fn(|lane| {
            let ranks = (north[lane] >> 6) << 2 | west[lane] >> 6;
            channel * Apm::CONTEXTS + ranks as usize
        })
    }

    /// Three quarters of the mixer's probability and a quarter of the map's, and what the map made.
    #[inline(always)]
    pub(crate) fn refine(
        &self,
        context: usize,
        node: usize,
        mixed: i32,
        probability: i32,
    ) -> (i32, Mapped) {
        let position = mixed + MAX_LOG_ODDS + 1;
        let (map, knot) = (context * NODES + node, (position / STEP) as usize);
        let part = position % STEP;
        let knots = &self.knots[map];
        let (low, high) = (knots[knot], knots[knot + 1]);
        let between = low * (STEP - part) / STEP + high * part / STEP;
        let mapped = Mapped {
            map,
            knot,
            part,
            probability: squash(between >> KNOT_UNIT.ilog2()),
        };
        ((3 * probability + mapped.probability + 2) >> 2, mapped)
    }

    /// Learns the answer, 0 or 2^16, to a decision.
    #[inline(always)]
    pub(crate) fn learn(&mut self, mapped: Mapped, answer: i32) {
        const MAX: i32 = KNOT_UNIT * MAX_LOG_ODDS;
        let error = answer - mapped.probability;
        let knots = &mut self.knots[mapped.map];
        let parts = [STEP - mapped.part, mapped.part];
        for (knot, part) in knots[mapped.knot..].iter_mut().zip(parts) {
            let step = ((error >> 4) * part) >> 9;
            *knot = (*knot + ((step * 5) >> 3)).clamp(-MAX, MAX);
        }
    }
}
