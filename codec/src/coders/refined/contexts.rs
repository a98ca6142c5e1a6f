//! The contexts of the counters (`docs/format.md`, *Refinement*, *Contexts*).
//!
//! In: the neighbourhood of a batch, the quartiles of the network's distributions, the linear predictors' means. Out: a slot for
//! each context and lane.

use crate::coders::refined::cells::{
    NORTH, NORTH_EAST, NORTH_NORTH, NORTH_WEST, Neighborhood, WEST, WEST_WEST,
};
use crate::coders::refined::dimensions::{
    CONTEXTS, LANES, LaneInts, LaneShorts, MEAN_UNIT, PREDICTORS, SLOTS,
};
use crate::coders::refined::linear::input::LinearInput;

/// Contexts without a part in the linear predictors.
pub(crate) const NEIGHBOR_CONTEXTS: usize = 12;
/// Contexts made of the linear predictors' means.
pub(crate) const MEAN_CONTEXTS: usize = CONTEXTS - NEIGHBOR_CONTEXTS;

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
}

impl EarlierChannels {
    #[inline(always)]
    fn new(
        around: &Neighborhood<'_>,
        (channel, channels): (usize, usize),
        west: LaneShorts,
    ) -> EarlierChannels {
        let last = channels - 1;
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
        EarlierChannels {
            ranks,
            second_ranks,
            samples,
        }
    }
}

/// The slots of the contexts made of neighbours, of earlier channels and of the network's distribution.
#[inline(always)]
pub(crate) fn neighbor_slots(
    around: &Neighborhood<'_>,
    (channel, channels): (usize, usize),
    shapes: &Shapes,
    slots: &mut [[u16; LANES]; NEIGHBOR_CONTEXTS],
) {
    let ranks = |neighbor: usize| around.ranks(neighbor, channel);
    let (ws, ns, nws, nes) = (
        ranks(WEST),
        ranks(NORTH),
        ranks(NORTH_WEST),
        ranks(NORTH_EAST),
    );
    let (wws, nns) = (ranks(WEST_WEST), ranks(NORTH_NORTH));
    let samples = |neighbor: usize| around.samples(neighbor, channel, &shapes.medians);
    let (west, north, west_west) = (samples(WEST), samples(NORTH), samples(WEST_WEST));
    let (north_west, north_east) = (samples(NORTH_WEST), samples(NORTH_EAST));
    let earlier = EarlierChannels::new(around, (channel, channels), west);
    for lane in 0..LANES {
        let at = |numbers: &LaneShorts| i32::from(numbers[lane]);
        let difference = |a: &LaneShorts, b: &LaneShorts| (at(a) - at(b) + 256) >> 3;
        let (spread, median) = (at(&shapes.spreads), at(&shapes.medians));
        let half = spread >> 1;
        let (w, n, nw, ne, ww, nn) = (at(&ws), at(&ns), at(&nws), at(&nes), at(&wws), at(&nns));
        let contexts = [
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
        ];
        for (index, context) in contexts.into_iter().enumerate() {
            slots[index][lane] = slot(index, channel, context);
        }
    }
}

/// The slots of the contexts made of the linear predictors' distances to the network's median.
#[inline(always)]
pub(crate) fn mean_slots(
    linear: &[LinearInput; PREDICTORS],
    channel: usize,
    shapes: &Shapes,
    slots: &mut [[u16; LANES]; MEAN_CONTEXTS],
) {
    let [gradient, band, shifted_band, narrow_band, weighted] = linear;
    for lane in 0..LANES {
        let spread = i32::from(shapes.spreads[lane]);
        let median = i32::from(shapes.medians[lane]);
        let half = spread >> 1;
        let distance = |means: &LaneInts, shift: i32, limit: i32| {
            ((means[lane] - MEAN_UNIT * median) >> shift).clamp(-limit, limit - 1) + limit
        };
        let error_class = i32::from(weighted.classes[lane]);
        let contexts: [i32; MEAN_CONTEXTS] = [
            distance(&weighted.means, 4, 32) + 64 * spread,
            distance(&weighted.means, 5, 16) + 32 * (error_class >> 2) + 1024 * half,
            distance(&gradient.means, 5, 16) + 32 * distance(&band.means, 5, 16),
            distance(&narrow_band.means, 6, 8)
                + 16 * distance(&gradient.means, 6, 8)
                + 256 * distance(&shifted_band.means, 6, 8),
        ];
        for (index, context) in contexts.into_iter().enumerate() {
            slots[index][lane] = slot(NEIGHBOR_CONTEXTS + index, channel, context);
        }
    }
}

/// The slot of context number `index`: a multiplicative hash. Lanes without a sample have any context.
#[inline(always)]
fn slot(index: usize, channel: usize, context: i32) -> u16 {
    let number = (context as u32)
        .wrapping_mul(3)
        .wrapping_add(channel as u32);
    let hash = number.wrapping_mul(0x9e37_79b1) >> (u32::BITS - SLOTS.ilog2());
    (index * SLOTS) as u16 + hash as u16
}
