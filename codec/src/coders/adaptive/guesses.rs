//! Guesses: the pixel that was last seen after the same four neighbours (`docs/format.md`, *Adaptive method*,
//! *Neighbours*).
//!
//! In: the neighbours of a pixel, and later the pixel. Out: a guess and how sure it is.

use crate::coders::tile_neighbors::TileNeighbors;

/// Guesses that are kept.
const GUESSES: usize = 1 << 12;
/// The highest confidence.
pub(crate) const MAX_CONFIDENCE: u8 = 3;

/// A pixel, and how many times in a row it was right.
#[derive(Clone, Copy)]
pub(crate) struct Guess<const N: usize> {
    pub(crate) pixel: [u8; N],
    /// At most [`MAX_CONFIDENCE`].
    pub(crate) confidence: u8,
}

/// A guess for each hash of four neighbours.
pub(crate) struct Guesses<const N: usize> {
    guesses: Vec<Guess<N>>,
}

impl<const N: usize> Guesses<N> {
    pub(crate) fn new() -> Guesses<N> {
        let unseen = Guess {
            pixel: [0; N],
            confidence: 0,
        };
        Guesses {
            guesses: vec![unseen; GUESSES],
        }
    }

    /// The index of the guess for some neighbours: FNV-1a steps from 0, then a multiplicative hash.
    pub(crate) fn index(around: &TileNeighbors<[u8; N]>) -> usize {
        let neighbors = [
            around.west,
            around.north,
            around.north_west,
            around.north_east,
        ];
        let hash = neighbors.iter().flatten().fold(0u32, |hash, &sample| {
            (hash ^ u32::from(sample)).wrapping_mul(0x0100_0193)
        });
        (hash.wrapping_mul(0x9e37_79b1) >> (32 - GUESSES.ilog2())) as usize
    }

    pub(crate) fn get(&self, index: usize) -> Guess<N> {
        self.guesses[index]
    }

    /// Learns the pixel that came after the neighbours of guess `index`.
    pub(crate) fn learn(&mut self, index: usize, pixel: [u8; N]) {
        let guess = &mut self.guesses[index];
        guess.confidence = match guess.pixel == pixel {
            true => MAX_CONFIDENCE.min(guess.confidence + 1),
            false => 0,
        };
        guess.pixel = pixel;
    }
}
