//! The contexts of the counters (`docs/format.md`, *Refinement*, *Contexts*).
//!
//! In: the neighbourhood of a batch, the quartiles of the network's distributions. Out: a slot for each context and
//! lane.

use crate::coders::refinement::cells::{
    NORTH, NORTH_EAST, NORTH_NORTH, NORTH_WEST, Neighborhood, WEST, WEST_WEST,
};
use crate::coders::refinement::counters::Slots;
use crate::coders::refinement::dimensions::{CONTEXTS, LANES, LaneShorts, SLOTS};

/// What is known of the network's distributions: the median and the class of spread.
pub(crate) struct Shapes {
    pub(crate) medians: LaneShorts,
    pub(crate) spreads: LaneShorts,
}

/// Ranks and samples of the channels coded just before.
struct EarlierChannels {
    ranks: LaneShorts,
    second_ranks: LaneShorts,
    samples: LaneShorts,
    /// Two samples of other channels, of this pixel if it has them already.
    others: [LaneShorts; 2],
}

impl EarlierChannels {
    #[inline(always)]
    fn new(
        around: &Neighborhood<'_>,
        (channel, channels): (usize, usize),
        medians: &LaneShorts,
    ) -> EarlierChannels {
        let last = channels - 1;
        let west = around.samples(WEST, channel, medians);
        let (ranks, samples) = match channel {
            0 => (around.ranks(WEST, last), west),
            _ => (
                around.own_ranks(channel - 1),
                around.own_samples(channel - 1),
            ),
        };
        let second_ranks = match channel {
            2 => around.own_ranks(0),
            _ => around.ranks(NORTH, (channel + 1).min(last)),
        };
        let before = channel.checked_sub(1).unwrap_or(last);
        let others = [
            match channel {
                0 => around.samples(WEST, before, medians),
                _ => samples,
            },
            match channel {
                2 => around.own_samples(0),
                _ => around.samples(NORTH, before, medians),
            },
        ];
        EarlierChannels {
            ranks,
            second_ranks,
            samples,
            others,
        }
    }
}

/// The slots of all contexts.
#[inline(always)]
pub(crate) fn slots(
    around: &Neighborhood<'_>,
    (channel, channels): (usize, usize),
    shapes: &Shapes,
) -> Slots {
    let ranks = |neighbor: usize| around.ranks(neighbor, channel);
    let [ws, ns, nws, nes, wws, nns] =
        [WEST, NORTH, NORTH_WEST, NORTH_EAST, WEST_WEST, NORTH_NORTH].map(ranks);
    let samples = |neighbor: usize| around.samples(neighbor, channel, &shapes.medians);
    let [west, north, north_west, north_east, west_west, north_north] =
        [WEST, NORTH, NORTH_WEST, NORTH_EAST, WEST_WEST, NORTH_NORTH].map(samples);
    let earlier = EarlierChannels::new(around, (channel, channels), &shapes.medians);
    let mut slots = [[0; LANES]; CONTEXTS];
    for lane in 0..LANES {
        let at = |numbers: &LaneShorts| i32::from(numbers[lane]);
        let difference = |a: &LaneShorts, b: &LaneShorts| (at(a) - at(b) + 256) >> 3;
        let (spread, median) = (at(&shapes.spreads), at(&shapes.medians));
        let half = spread >> 1;
        let distance = |value: i32, shift: i32, limit: i32| {
            ((value - median) >> shift).clamp(-limit, limit - 1) + limit
        };
        let (w, n, nw, ne, ww, nn) = (at(&ws), at(&ns), at(&nws), at(&nes), at(&wws), at(&nns));
        let (along, down) = (
            2 * at(&west) - at(&west_west),
            2 * at(&north) - at(&north_north),
        );
        let contexts: [i32; CONTEXTS] = [
            spread,
            spread + 16 * (at(&earlier.ranks) >> 3),
            half + 8 * (at(&earlier.ranks) >> 4) + 128 * (at(&earlier.second_ranks) >> 4),
            half + 8 * ((w + n + nw + ne) >> 5),
            median,
            (median >> 1) + 128 * half,
            difference(&west, &north_west) + 64 * difference(&north, &north_west),
            (ww >> 5) + 8 * (w >> 5) + 64 * half,
            (nn >> 5) + 8 * (n >> 5) + 64 * half,
            difference(&north_east, &north) + 64 * difference(&west, &west_west),
            at(&earlier.samples) + 256 * half,
            at(&west) + 256 * (at(&north) >> 2),
            distance(at(&west), 0, 16)
                + 32 * distance(at(&north), 0, 16)
                + 1024 * distance(at(&north_east), 1, 8),
            distance(down, 1, 16) + 32 * distance(along, 1, 16) + 1024 * half,
            at(&earlier.others[0]) + 256 * at(&earlier.others[1]),
            distance(at(&west), 1, 16) + 32 * distance(at(&north), 1, 16) + 1024 * half,
        ];
        for (index, context) in contexts.into_iter().enumerate() {
            slots[index][lane] = slot(index, channel, context);
        }
    }
    slots
}

/// The slot of context number `index`: a multiplicative hash. Lanes without a sample have any context.
#[inline(always)]
pub(crate) fn slot(index: usize, channel: usize, context: i32) -> u16 {
    let number = (context as u32)
        .wrapping_mul(3)
        .wrapping_add(channel as u32);
    let hash = number.wrapping_mul(0x9e37_79b1) >> (u32::BITS - SLOTS.ilog2());
    (index * SLOTS) as u16 + hash as u16
}
