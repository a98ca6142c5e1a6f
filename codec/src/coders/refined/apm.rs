//! The adaptive probability map (APM, also SSE): the mixer's log-odds in, a probability learned from what such log-odds led
//! to before out (`docs/format.md`, *Refinement*, *A decision*).

use crate::coders::refined::cells::{NORTH, Neighborhood, WEST};
use crate::coders::refined::dimensions::{CHANNELS, NODES};
use crate::entropy::logistic::{MAX_LOG_ODDS, squash};

/// Log-odds between two knots.
const STEP: i32 = 512;
const KNOTS: usize = 33;
/// Units of a knot in log-odds.
const KNOT_UNIT: i32 = 16;

/// Log-odds at 33 knots for each channel, context and node, and the knots of the decision at hand.
pub(crate) struct Apm {
    knots: Vec<[i32; KNOTS]>,
    map: usize,
    knot: usize,
    /// Distance to the knot.
    part: i32,
    probability: i32,
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
            map: 0,
            knot: 0,
            part: 0,
            probability: 0,
        }
    }

    /// The context of a sample: its channel and the ranks of west and north.
    #[inline(always)]
    pub(crate) fn context(around: &Neighborhood, channel: usize) -> usize {
        let ranks = (around.rank(NORTH, channel) >> 6) << 2 | around.rank(WEST, channel) >> 6;
        channel * Apm::CONTEXTS + ranks
    }

    /// Three quarters of the mixer's probability and a quarter of the map's.
    #[inline(always)]
    pub(crate) fn refine(
        &mut self,
        context: usize,
        node: usize,
        mixed: i32,
        probability: i32,
    ) -> i32 {
        let position = mixed + MAX_LOG_ODDS + 1;
        self.map = context * NODES + node;
        self.knot = (position / STEP) as usize;
        self.part = position % STEP;
        let knots = &self.knots[self.map];
        let (low, high) = (knots[self.knot], knots[self.knot + 1]);
        let between = low * (STEP - self.part) / STEP + high * self.part / STEP;
        self.probability = squash(between >> KNOT_UNIT.ilog2());
        (3 * probability + self.probability + 2) >> 2
    }

    /// Learns the answer, 0 or 2^16, to the decision refined last.
    #[inline(always)]
    pub(crate) fn learn(&mut self, answer: i32) {
        const MAX: i32 = KNOT_UNIT * MAX_LOG_ODDS;
        let error = answer - self.probability;
        let knots = &mut self.knots[self.map];
        for (knot, part) in [(self.knot, STEP - self.part), (self.knot + 1, self.part)] {
            let step = ((error >> 4) * part) >> 9;
            knots[knot] = (knots[knot] + ((step * 5) >> 3)).clamp(-MAX, MAX);
        }
    }
}
