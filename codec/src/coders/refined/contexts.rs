//! The contexts of the counters (`docs/format.md`, *Refinement*, *Contexts*).
//!
//! In: the neighbourhood of a pixel, the quartiles of the network's distribution, the linear predictors' means. Out: a slot for
//! each context.

use crate::coders::refined::cells::{
    NORTH, NORTH_EAST, NORTH_NORTH, NORTH_WEST, Neighborhood, WEST, WEST_WEST,
};
use crate::coders::refined::dimensions::{CONTEXTS, MEAN_UNIT, PREDICTORS, SLOTS};
use crate::coders::refined::distribution::Quartiles;
use crate::coders::refined::linear::input::LinearInput;

/// Contexts without a part in the linear predictors.
pub(crate) const NEIGHBOR_CONTEXTS: usize = 12;
/// Contexts made of the linear predictors' means.
pub(crate) const MEAN_CONTEXTS: usize = CONTEXTS - NEIGHBOR_CONTEXTS;

/// Ranks and samples of the channels coded just before.
struct EarlierChannels {
    rank: u32,
    second_rank: u32,
    sample: u32,
}

impl EarlierChannels {
    #[inline(always)]
    fn new(around: &Neighborhood, channel: usize, channels: usize, west: i32) -> EarlierChannels {
        let last = channels - 1;
        let own = around.own;
        let (rank, sample) = match channel {
            0 => (around.cells[WEST].ranks[last], west as u32),
            _ => (own.ranks[channel - 1], own.samples[channel - 1] as u32),
        };
        let second_rank = match channel {
            2 => own.ranks[0],
            _ => around.cells[NORTH].ranks[(channel + 1).min(last)],
        };
        EarlierChannels {
            rank: rank.into(),
            second_rank: second_rank.into(),
            sample,
        }
    }
}

/// The slots of the contexts made of neighbours, of earlier channels and of the network's distribution.
#[inline(always)]
pub(crate) fn neighbor_slots(
    around: &Neighborhood,
    channel: usize,
    channels: usize,
    quartiles: &Quartiles,
) -> [usize; NEIGHBOR_CONTEXTS] {
    let spread = quartiles.spread() as u32;
    let half = spread >> 1;
    let median = quartiles.median as u32;
    let rank = |neighbor: usize| around.rank(neighbor, channel) as u32;
    let (w, n, nw, ne) = (rank(WEST), rank(NORTH), rank(NORTH_WEST), rank(NORTH_EAST));
    let (ww, nn) = (rank(WEST_WEST), rank(NORTH_NORTH));
    let sample = |neighbor: usize| i32::from(around.sample(neighbor, channel, median as i16));
    let difference = |a: usize, b: usize| ((sample(a) - sample(b) + 256) >> 3) as u32;
    let earlier = EarlierChannels::new(around, channel, channels, sample(WEST));
    let contexts = [
        spread,
        spread + 16 * (earlier.rank >> 3),
        half + 8 * (earlier.rank >> 4) + 128 * (earlier.second_rank >> 4),
        half + 8 * ((w + n + nw + ne) >> 5),
        median,
        (median >> 1) + 128 * half,
        difference(WEST, NORTH_WEST) + 64 * difference(NORTH, NORTH_WEST),
        (ww >> 5) + 8 * (w >> 5) + 64 * half,
        (nn >> 5) + 8 * (n >> 5) + 64 * half,
        difference(NORTH_EAST, NORTH) + 64 * difference(WEST, WEST_WEST),
        earlier.sample + 256 * half,
        sample(WEST) as u32 + 256 * (sample(NORTH) as u32 >> 2),
    ];
    slots(0, channel, contexts)
}

/// The slots of the contexts made of the linear predictors' distances to the network's median.
#[inline(always)]
pub(crate) fn mean_slots(
    linear: &[LinearInput; PREDICTORS],
    channel: usize,
    quartiles: &Quartiles,
) -> [usize; MEAN_CONTEXTS] {
    let spread = quartiles.spread() as u32;
    let half = spread >> 1;
    let distance = |which: usize, shift: i32, limit: i32| {
        let distance = linear[which].mean - MEAN_UNIT * quartiles.median as i32;
        ((distance >> shift).clamp(-limit, limit - 1) + limit) as u32
    };
    let [
        everywhere,
        gradient,
        band,
        shifted_band,
        narrow_band,
        weighted,
    ] = [0, 1, 2, 3, 4, 5];
    let contexts = [
        distance(weighted, 4, 32) + 64 * spread,
        distance(weighted, 5, 16) + 32 * (linear[weighted].class as u32 >> 2) + 1024 * half,
        distance(everywhere, 5, 16) + 32 * distance(band, 5, 16),
        distance(narrow_band, 6, 8)
            + 16 * distance(gradient, 6, 8)
            + 256 * distance(shifted_band, 6, 8),
    ];
    slots(NEIGHBOR_CONTEXTS, channel, contexts)
}

/// The slots of contexts, the first of which has the number `first`: a multiplicative hash.
#[inline(always)]
fn slots<const N: usize>(first: usize, channel: usize, contexts: [u32; N]) -> [usize; N] {
    std::array::from_fn(|index| {
        let hash = (contexts[index] * 3 + channel as u32).wrapping_mul(0x9e37_79b1);
        (first + index) * SLOTS + (hash >> (u32::BITS - SLOTS.ilog2())) as usize
    })
}
