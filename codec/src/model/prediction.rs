//! The base and the prediction of a sample (`docs/model.md`, *Context* and *Prediction*).
//!
//! In: neighbours and the pixel's own earlier channels. Out: the value that symbol 0 stands for.

use crate::model::predictor::SymbolRule;

/// Marks a sample outside the tile. No sample and no difference of samples has this value.
pub const OUTSIDE: i16 = i16::MIN;
/// The base of a sample without neighbours.
const NO_NEIGHBOUR: i16 = 128;

/// The median edge detector of west, north and north-west.
#[inline(always)]
pub(crate) fn median_edge(west: i32, north: i32, north_west: i32) -> i32 {
    (west + north - north_west).clamp(west.min(north), west.max(north))
}

/// The median edge detector, in 16 bits and without branches; each neighbour is possibly [`OUTSIDE`].
#[inline(always)]
pub fn base(west: i16, north: i16, north_west: i16) -> i16 {
    let (low, high) = (west.min(north), west.max(north));
    let gradient = west.wrapping_add(north).wrapping_sub(north_west);
    let inside = gradient.max(low).min(high);
    let edge = if high == OUTSIDE { NO_NEIGHBOUR } else { high };
    if low == OUTSIDE { edge } else { inside }
}

/// A sample of the pixel's own earlier channels as the model reads it: `own_k`.
#[inline(always)]
pub(crate) fn own(rule: SymbolRule, levels: usize, sample: i16, base: i16) -> i16 {
    match rule {
        SymbolRule::Differences => sample - base,
        SymbolRule::Centred => centred(levels, sample),
    }
}

/// The distance of a sample from the middle of its values, doubled: `2·x − (levels − 1)`.
#[inline(always)]
pub(crate) fn centred(levels: usize, sample: i16) -> i16 {
    2 * sample - (levels as i16 - 1)
}

/// The value that symbol 0 stands for.
#[inline(always)]
pub(crate) fn prediction(rule: SymbolRule, channel: usize, base: i16, own: [i16; 2]) -> u8 {
    match rule {
        SymbolRule::Differences => carry(channel, base, own),
        SymbolRule::Centred => 0,
    }
}

/// The prediction `carry` of channel `channel`: `base`, moved by the differences `own` (`x − base`) of the earlier
/// channels.
#[inline(always)]
pub fn carry(channel: usize, base: i16, own: [i16; 2]) -> u8 {
    let moved = match channel {
        0 => base,
        1 => base + own[0],
        _ => base + ((own[0] + own[1]) >> 1),
    };
    moved.clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_edge_detector() {
        assert_eq!(median_edge(3, 7, 9), 3);
        assert_eq!(median_edge(3, 7, 2), 7);
        assert_eq!(median_edge(3, 7, 4), 6);
    }

    #[test]
    fn base_is_the_median_edge_detector() {
        for w in (0..256).step_by(5) {
            for n in (0..256).step_by(3) {
                for nw in 0..256 {
                    let median = median_edge(w.into(), n.into(), nw.into());
                    assert_eq!(i32::from(base(w, n, nw)), median);
                }
            }
        }
    }

    #[test]
    fn base_at_the_edges_of_a_tile() {
        assert_eq!(base(OUTSIDE, OUTSIDE, OUTSIDE), 128);
        assert_eq!(base(7, OUTSIDE, OUTSIDE), 7);
        assert_eq!(base(OUTSIDE, 9, OUTSIDE), 9);
    }

    #[test]
    fn levels_are_centred_around_zero() {
        let levels = |count: i16| {
            (0..count)
                .map(move |x| centred(count as usize, x))
                .collect::<Vec<_>>()
        };
        assert_eq!(levels(2), [-1, 1]);
        assert_eq!(levels(4), [-3, -1, 1, 3]);
        assert_eq!(own(SymbolRule::Centred, 256, 255, 40), 255);
        assert_eq!(own(SymbolRule::Differences, 256, 255, 40), 215);
    }

    #[test]
    fn carry_shifts_arithmetically_and_clamps() {
        assert_eq!(carry(0, 200, [0, 0]), 200);
        assert_eq!(carry(1, 200, [60, 0]), 255);
        assert_eq!(carry(2, 100, [-2, -1]), 98);
        assert_eq!(carry(2, 0, [-255, -255]), 0);
    }
}
