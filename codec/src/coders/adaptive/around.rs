//! The neighbours of a pixel and what is derived from them (`docs/format.md`, *Adaptive coder*, *Neighbours*).

use super::numbers::bit_length;
use super::{ACTIVITIES, GUESSES};
use crate::model::prediction::base;

/// The pixels around the one being coded. A pixel outside the tile is replaced by its nearest neighbour inside.
pub(crate) struct Around<const N: usize> {
    pub(crate) west: [u8; N],
    pub(crate) north: [u8; N],
    pub(crate) north_west: [u8; N],
    pub(crate) north_east: [u8; N],
    west_west: [u8; N],
    north_north: [u8; N],
}

impl<const N: usize> Around<N> {
    pub(crate) fn new(pixels: &[[u8; N]], width: usize, at: usize) -> Around<N> {
        let (x, y) = (at % width, at / width);
        let inside = |exists: bool, back: usize| exists.then(|| pixels[at - back]);
        let above = inside(y > 0, width);
        let west = inside(x > 0, 1).or(above).unwrap_or([0; N]);
        let north = above.unwrap_or(west);
        Around {
            west,
            north,
            north_west: inside(x > 0 && y > 0, width + 1).unwrap_or(north),
            north_east: inside(y > 0 && x + 1 < width, width - 1).unwrap_or(north),
            west_west: inside(x > 1, 2).unwrap_or(west),
            north_north: inside(y > 1, 2 * width).unwrap_or(north),
        }
    }

    /// Which neighbours are equal, in 6 bits.
    pub(crate) fn equalities(&self) -> usize {
        let equal = [
            self.west == self.north,
            self.north == self.north_west,
            self.north == self.north_east,
            self.west == self.west_west,
            self.north == self.north_north,
            self.west == self.north_west,
        ];
        equal
            .iter()
            .rev()
            .fold(0, |bits, &bit| bits << 1 | usize::from(bit))
    }

    /// Where the guess for these neighbours is kept.
    pub(crate) fn slot(&self) -> usize {
        let neighbours = [self.west, self.north, self.north_west, self.north_east];
        let hash = neighbours.iter().flatten().fold(0u32, |hash, &sample| {
            (hash ^ u32::from(sample)).wrapping_mul(0x0100_0193)
        });
        (hash.wrapping_mul(0x9e37_79b1) >> (32 - GUESSES.ilog2())) as usize
    }

    pub(crate) fn base(&self, channel: usize) -> i16 {
        base(
            self.west[channel].into(),
            self.north[channel].into(),
            self.north_west[channel].into(),
        )
    }

    /// How much the neighbours differ, 0 to 9.
    pub(crate) fn activity(&self, channel: usize) -> usize {
        let difference = |a: &[u8; N], b: &[u8; N]| u32::from(a[channel].abs_diff(b[channel]));
        let sum = difference(&self.west, &self.north_west)
            + difference(&self.north, &self.north_west)
            + difference(&self.north_east, &self.north);
        bit_length(sum).min(ACTIVITIES - 1)
    }
}
