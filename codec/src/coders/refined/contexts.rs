//! The contexts in which corrections are learned (`docs/format.md`, *Refinement*, *Contexts*).

use super::PREDICTORS;
use super::cells::{Around, NORTH, NORTH_EAST, NORTH_NORTH, NORTH_WEST, WEST, WEST_WEST};
use super::density::Quartiles;
use super::linear_opinion::{LinearOpinion, MEAN_UNIT};

pub(super) const CONTEXTS: usize = 16;
/// Those that the linear predictors have no part in.
const PLAIN: usize = 12;
/// Slots of a context.
pub(super) const SLOTS: usize = 1 << 11;

/// The slots of the contexts that the linear predictors have no part in.
#[inline(always)]
pub(super) fn plain_slots(
    around: &Around,
    channel: usize,
    channels: usize,
    quartiles: &Quartiles,
) -> [usize; PLAIN] {
    let place = |neighbour: usize| around.place(neighbour, channel) as u32;
    let (w, n, nw, ne) = (
        place(WEST),
        place(NORTH),
        place(NORTH_WEST),
        place(NORTH_EAST),
    );
    let (ww, nn) = (place(WEST_WEST), place(NORTH_NORTH));
    let spread = quartiles.spread() as u32;
    let half = spread >> 1;
    let median = quartiles.median as u32;
    let sample = |neighbour: usize| i32::from(around.sample(neighbour, channel, median as i16));
    let difference = |a: usize, b: usize| ((sample(a) - sample(b) + 256) >> 3) as u32;
    let last = channels - 1;
    let before = match channel {
        0 => around.cells[WEST].places[last],
        _ => around.own.places[channel - 1],
    };
    let before = u32::from(before);
    let second = u32::from(match channel {
        2 => around.own.places[0],
        _ => around.cells[NORTH].places[(channel + 1).min(last)],
    });
    let value_before = match channel {
        0 => sample(WEST) as u32,
        _ => around.own.samples[channel - 1] as u32,
    };
    let contexts = [
        spread,
        spread + 16 * (before >> 3),
        half + 8 * (before >> 4) + 128 * (second >> 4),
        half + 8 * ((w + n + nw + ne) >> 5),
        median,
        (median >> 1) + 128 * half,
        difference(WEST, NORTH_WEST) + 64 * difference(NORTH, NORTH_WEST),
        (ww >> 5) + 8 * (w >> 5) + 64 * half,
        (nn >> 5) + 8 * (n >> 5) + 64 * half,
        difference(NORTH_EAST, NORTH) + 64 * difference(WEST, WEST_WEST),
        value_before + 256 * half,
        sample(WEST) as u32 + 256 * (sample(NORTH) as u32 >> 2),
    ];
    slots(0, channel, contexts)
}

/// The slots of the contexts of where the linear predictors' means are, seen from the median.
#[inline(always)]
pub(super) fn linear_slots(
    linear: &[LinearOpinion; PREDICTORS],
    channel: usize,
    quartiles: &Quartiles,
) -> [usize; CONTEXTS - PLAIN] {
    let spread = quartiles.spread() as u32;
    let half = spread >> 1;
    let moved = |which: usize, shift: i32, most: i32| {
        let distance = linear[which].mean - MEAN_UNIT * quartiles.median as i32;
        ((distance >> shift).clamp(-most, most - 1) + most) as u32
    };
    let [everywhere, gradient, first_band, second_band, near, blend] = [0, 1, 2, 3, 4, 5];
    let contexts = [
        moved(blend, 4, 32) + 64 * spread,
        moved(blend, 5, 16) + 32 * (linear[blend].class as u32 >> 2) + 1024 * half,
        moved(everywhere, 5, 16) + 32 * moved(first_band, 5, 16),
        moved(near, 6, 8) + 16 * moved(gradient, 6, 8) + 256 * moved(second_band, 6, 8),
    ];
    slots(PLAIN, channel, contexts)
}

#[inline(always)]
fn slots<const N: usize>(first: usize, channel: usize, contexts: [u32; N]) -> [usize; N] {
    std::array::from_fn(|index| {
        let hash = (contexts[index] * 3 + channel as u32).wrapping_mul(0x9e37_79b1);
        (first + index) * SLOTS + (hash >> 21) as usize
    })
}
