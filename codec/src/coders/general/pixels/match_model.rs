//! The match model: what followed the same neighbours before (`docs/format.md`, *General method*, *Match model*).
//!
//! In: the neighbours of a pixel, and later the pixel. Out: the pixel guessed from four neighbours, and the pixel that
//! a match with earlier pixels predicts.

use crate::coders::mixing::hash::hash_pixels;
use crate::coders::tile_neighbors::TileNeighbors;

/// Longer matches count as this long.
pub(crate) const MAX_LENGTH: u32 = 15;
/// The highest confidence of a guess.
const MAX_CONFIDENCE: u8 = 3;
const NOWHERE: u32 = u32::MAX;

/// The guesses of a component and the positions of a tile, by hashes of neighbours.
pub(crate) struct MatchModel<const N: usize> {
    bits: u32,
    guesses: Vec<([u16; N], u8)>,
    /// The latest pixel after some neighbours.
    positions: Vec<u32>,
    /// The pixel that the match predicts, and the length of the match.
    pointer: u32,
    length: u32,
    guess_index: usize,
    position_index: usize,
}

/// What the match model predicts for a pixel.
#[derive(Clone, Copy)]
pub(crate) struct MatchPrediction<const N: usize> {
    pub(crate) guess: [u16; N],
    /// 0 to 3.
    pub(crate) confidence: u32,
    pub(crate) matched: Option<[u16; N]>,
    /// Pixels that the match has predicted, at most [`MAX_LENGTH`].
    pub(crate) length: u32,
}

impl<const N: usize> MatchPrediction<N> {
    /// 0 without a match, else its length and 1.
    pub(crate) fn run(&self) -> u32 {
        self.matched.map_or(0, |_| self.length + 1)
    }

    /// The matched pixel, else the guess.
    pub(crate) fn likely(&self) -> [u16; N] {
        self.matched.unwrap_or(self.guess)
    }
}

impl<const N: usize> MatchModel<N> {
    /// With tables of `2^bits` slots.
    pub(crate) fn new(bits: u32) -> MatchModel<N> {
        MatchModel {
            bits,
            guesses: vec![([0; N], 0); 1 << bits],
            positions: vec![NOWHERE; 1 << bits],
            pointer: NOWHERE,
            length: 0,
            guess_index: 0,
            position_index: 0,
        }
    }

    /// Forgets the positions, which are of another tile.
    pub(crate) fn start_tile(&mut self) {
        self.positions.fill(NOWHERE);
        self.pointer = NOWHERE;
        self.length = 0;
    }

    /// The pixel that a match of the full length predicts.
    pub(crate) fn long_match(&self) -> Option<usize> {
        (self.pointer != NOWHERE && self.length == MAX_LENGTH).then_some(self.pointer as usize)
    }

    /// The match was right for some pixels, from which nothing else is learned.
    pub(crate) fn skip(&mut self, pixels: usize) {
        self.pointer += pixels as u32;
    }

    /// Predicts the next of the `pixels` of the tile.
    pub(crate) fn predict(
        &mut self,
        pixels: &[[u16; N]],
        around: &TileNeighbors<[u16; N]>,
    ) -> MatchPrediction<N> {
        let near = [
            around.west,
            around.north,
            around.north_west,
            around.north_east,
        ];
        let far = [
            around.west_west,
            around.north_north,
            around.north_north_east,
        ];
        let small = hash_pixels(1, &near);
        let large = hash_pixels(small, &far);
        self.guess_index = (small >> (32 - self.bits)) as usize;
        self.position_index = (large >> (32 - self.bits)) as usize;
        if self.pointer == NOWHERE {
            self.pointer = self.positions[self.position_index];
            self.length = 0;
        }
        let (guess, confidence) = self.guesses[self.guess_index];
        MatchPrediction {
            guess,
            confidence: confidence.into(),
            matched: pixels
                .get(self.pointer as usize)
                .copied()
                .filter(|_| self.pointer != NOWHERE),
            length: self.length,
        }
    }

    /// Learns that the pixel at `at` is `pixel`.
    pub(crate) fn learn(&mut self, predicted: &MatchPrediction<N>, at: usize, pixel: [u16; N]) {
        let (guess, confidence) = &mut self.guesses[self.guess_index];
        *confidence = if *guess == pixel {
            MAX_CONFIDENCE.min(*confidence + 1)
        } else {
            0
        };
        *guess = pixel;
        self.positions[self.position_index] = at as u32;
        if predicted.matched == Some(pixel) {
            self.pointer += 1;
            self.length = MAX_LENGTH.min(self.length + 1);
        } else {
            self.pointer = NOWHERE;
        }
    }
}
