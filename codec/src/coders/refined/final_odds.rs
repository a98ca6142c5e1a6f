//! The last step of a decision: the mixed odds, looked up among what came of such odds before (`docs/format.md`, *Refinement*,
//! *A decision*).

use super::cells::{Around, NORTH, WEST};
use super::{CHANNELS, NODES};
use crate::entropy::logistic::{MOST_ODDS, squash};

/// Log-odds between two knots.
const STEP: i32 = 512;
const KNOTS: usize = 33;

/// Log-odds at 33 knots, for each channel, places of west and north, and node.
pub(super) struct FinalOdds {
    knots: Vec<[i32; KNOTS]>,
    set: usize,
    knot: usize,
    part: i32,
    probability: i32,
}

impl FinalOdds {
    /// Classes of the places of west and north.
    pub(super) const PLACES: usize = 16;

    pub(super) const BYTES: usize =
        CHANNELS * FinalOdds::PLACES * NODES * size_of::<[i32; KNOTS]>();

    pub(super) fn new() -> FinalOdds {
        let identity = std::array::from_fn(|knot| (knot as i32 - 16) * STEP * 16);
        FinalOdds {
            knots: vec![identity; CHANNELS * FinalOdds::PLACES * NODES],
            set: 0,
            knot: 0,
            part: 0,
            probability: 0,
        }
    }

    pub(super) fn place(around: &Around, channel: usize) -> usize {
        (around.place(NORTH, channel) >> 6) << 2 | around.place(WEST, channel) >> 6
    }

    /// A quarter of the looked-up probability, and three quarters of the mixed one.
    #[inline(always)]
    pub(super) fn refine(&mut self, set: usize, node: usize, mixed: i32, probability: i32) -> i32 {
        let position = mixed + MOST_ODDS + 1;
        self.set = set * NODES + node;
        self.knot = (position / STEP) as usize;
        self.part = position % STEP;
        let knots = &self.knots[self.set];
        let (low, high) = (knots[self.knot], knots[self.knot + 1]);
        let odds = (low * (STEP - self.part) / STEP + high * self.part / STEP) >> 4;
        self.probability = squash(odds);
        (3 * probability + self.probability + 2) >> 2
    }

    /// `answer`: 0 or 2^16.
    #[inline(always)]
    pub(super) fn learn(&mut self, answer: i32) {
        let error = answer - self.probability;
        let knots = &mut self.knots[self.set];
        for (knot, part) in [(self.knot, STEP - self.part), (self.knot + 1, self.part)] {
            let step = ((error >> 4) * part) >> 9;
            knots[knot] = (knots[knot] + ((step * 5) >> 3)).clamp(-16 * MOST_ODDS, 16 * MOST_ODDS);
        }
    }
}
