//! What followed the same neighbourhood before: a guess from four neighbours, and a match that runs along an earlier row
//! (`docs/format.md`, *General coder*, *Repeats*).

use super::around_tile::{Canvas, Near, stir_pixels};

/// Longest match that is told apart.
pub(crate) const LONGEST: u32 = 15;
const NOWHERE: u32 = u32::MAX;

/// Guesses and matches of a tile.
pub(crate) struct Repeats<const N: usize> {
    bits: u32,
    guesses: Vec<([u16; N], u8)>,
    places: Vec<u32>,
    /// The pixel that the match predicts for the next position, and its length.
    place: u32,
    length: u32,
    guess_slot: usize,
    place_slot: usize,
}

/// What the next pixel may be.
#[derive(Clone, Copy)]
pub(crate) struct Expected<const N: usize> {
    pub(crate) guess: [u16; N],
    /// 0 to 3.
    pub(crate) confidence: u32,
    pub(crate) matched: Option<[u16; N]>,
    /// Pixels that the match has predicted, at most [`LONGEST`].
    pub(crate) length: u32,
}

impl<const N: usize> Repeats<N> {
    pub(crate) fn new(bits: u32) -> Repeats<N> {
        Repeats {
            bits,
            guesses: vec![([0; N], 0); 1 << bits],
            places: vec![NOWHERE; 1 << bits],
            place: NOWHERE,
            length: 0,
            guess_slot: 0,
            place_slot: 0,
        }
    }

    /// Forgets the places, which are of another tile.
    pub(crate) fn start_tile(&mut self) {
        self.places.fill(NOWHERE);
        self.place = NOWHERE;
        self.length = 0;
    }

    pub(crate) fn expect(&mut self, canvas: &Canvas<N>, near: &Near<N>) -> Expected<N> {
        let small = stir_pixels(1, &[near.w, near.n, near.nw, near.ne]);
        let large = stir_pixels(small, &[near.ww, near.nn, near.nne]);
        self.guess_slot = (small >> (32 - self.bits)) as usize;
        self.place_slot = (large >> (32 - self.bits)) as usize;
        if self.place == NOWHERE {
            self.place = self.places[self.place_slot];
            self.length = 0;
        }
        let (guess, confidence) = self.guesses[self.guess_slot];
        Expected {
            guess,
            confidence: confidence.into(),
            matched: canvas
                .pixels
                .get(self.place as usize)
                .copied()
                .filter(|_| self.place != NOWHERE),
            length: self.length,
        }
    }

    /// Learns the pixel at `at`.
    pub(crate) fn note(&mut self, expected: &Expected<N>, at: usize, pixel: [u16; N]) {
        let (guess, confidence) = &mut self.guesses[self.guess_slot];
        *confidence = if *guess == pixel {
            3.min(*confidence + 1)
        } else {
            0
        };
        *guess = pixel;
        self.places[self.place_slot] = at as u32;
        if expected.matched == Some(pixel) {
            self.place += 1;
            self.length = LONGEST.min(self.length + 1);
        } else {
            self.place = NOWHERE;
        }
    }
}
