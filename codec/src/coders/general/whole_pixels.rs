//! "Is the pixel this one?": neighbours, the match and the guess (`docs/format.md`, *General coder*, *Whole pixels*).

use super::around_tile::{Near, stir_pixels};
use super::opinions::{Opinions, stir};
use super::repeats::Expected;
use crate::entropy::bit_coder::BitCoder;

/// Contexts of a decision.
const CONTEXTS: usize = 7;
const CANDIDATES: usize = 6;
/// Kinds: match by length (4), west, north, guess by confidence (4), north-east, north-west.
const KINDS: u32 = 12;
/// How a pixel became known when no candidate was right.
const MISSED: u8 = 15;

/// The decisions about whole pixels.
pub(crate) struct WholePixels<const N: usize> {
    opinions: Opinions<CONTEXTS>,
    /// For each column: how the last pixel there became known.
    how: Vec<u8>,
}

impl<const N: usize> WholePixels<N> {
    pub(crate) fn new(bits: u32) -> WholePixels<N> {
        WholePixels {
            opinions: Opinions::new(bits, KINDS as usize * 4),
            how: Vec::new(),
        }
    }

    pub(crate) fn start_tile(&mut self, width: usize) {
        self.how.clear();
        self.how.resize(width + 2, 0);
    }

    /// The pixel, if it is one of the candidates.
    pub(crate) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        near: &Near<N>,
        expected: &Expected<N>,
        x: usize,
        pixel: [u16; N],
    ) -> Result<Option<[u16; N]>, C::Error> {
        let candidates = candidates(near, expected);
        let history = self.history(x);
        let matched = expected.matched.map_or(0, |_| expected.length + 1);
        let contexts = |candidate: [u16; N]| {
            let agrees = u32::from(expected.matched == Some(candidate));
            [
                near.equalities(),
                stir_pixels(2, &[near.w, near.n, near.nw, near.ne]),
                stir_pixels(
                    3,
                    &[near.w, near.n, near.nw, near.ne, near.ww, near.nn, near.nne],
                ),
                history | near.equalities() << 16,
                matched << 1 | agrees | expected.confidence << 8,
                stir_pixels(6, &[candidate, near.w]),
                stir_pixels(7, &[near.w, near.n, candidate]),
            ]
        };
        for (index, &(kind, candidate)) in candidates.iter().enumerate() {
            if kind == KINDS
                || candidates[..index]
                    .iter()
                    .any(|&(k, c)| k != KINDS && c == candidate)
            {
                continue;
            }
            let mixer = (kind * 4 + matched.min(3)) as usize;
            let hit = pixel == candidate;
            if self
                .opinions
                .code(coder, hit, &contexts(candidate), stir(9, kind), mixer)?
            {
                self.how[x + 1] = kind as u8 + 1;
                return Ok(Some(candidate));
            }
        }
        self.how[x + 1] = MISSED;
        Ok(None)
    }

    /// How the pixels to the west, north, north-east and north-west became known. `how[x + 1]` is column x.
    fn history(&self, x: usize) -> u32 {
        let [nw_or_w, n, ne] = [self.how[x], self.how[x + 1], self.how[x + 2]];
        u32::from(nw_or_w) | u32::from(n) << 4 | u32::from(ne) << 8
    }
}

fn candidates<const N: usize>(
    near: &Near<N>,
    expected: &Expected<N>,
) -> [(u32, [u16; N]); CANDIDATES] {
    let length_class = [0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3][expected.length as usize];
    let matched = match expected.matched {
        Some(pixel) => (length_class, pixel),
        None => (KINDS, [0; N]),
    };
    [
        matched,
        (4, near.w),
        (5, near.n),
        (6 + expected.confidence, expected.guess),
        (10, near.ne),
        (11, near.nw),
    ]
}
