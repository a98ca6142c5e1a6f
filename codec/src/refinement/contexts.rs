//! The contexts in which corrections are learned (`docs/format.md`, *Refinement*, *Contexts*).

use super::cells::{Around, NORTH, NORTH_EAST, NORTH_NORTH, NORTH_WEST, WEST, WEST_WEST};
use super::density::Quartiles;

pub(super) const CONTEXTS: usize = 12;
/// Slots of a context.
pub(super) const SLOTS: usize = 1 << 11;

/// The slot of each context for one sample.
#[inline(always)]
pub(super) fn slots(
    around: &Around,
    channel: usize,
    channels: usize,
    quartiles: &Quartiles,
) -> [usize; CONTEXTS] {
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
    let mut slots = [0; CONTEXTS];
    for (index, (slot, context)) in slots.iter_mut().zip(contexts).enumerate() {
        let hash = (context * 3 + channel as u32).wrapping_mul(0x9e37_79b1);
        *slot = index * SLOTS + (hash >> 21) as usize;
    }
    slots
}
