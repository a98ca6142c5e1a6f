//! Numbers below 257 that are names rather than quantities, bit by bit (`docs/format.md`, *General coder*, *Indices*).

use super::Escape;
use super::around_tile::{Near, stir_pixels};
use super::opinions::{Opinions, stir};
use super::repeats::Expected;
use crate::entropy::bit_coder::BitCoder;

const CONTEXTS: usize = 8;

/// Everything about indices that a component learns.
pub(crate) struct Indices {
    /// Bits of the largest index.
    depth: u32,
    largest: u16,
    opinions: Opinions<CONTEXTS>,
}

impl Indices {
    /// For indices in `0..=largest`, at most 255.
    pub(crate) fn new(bits: u32, largest: u16) -> Indices {
        Indices {
            depth: u16::BITS - largest.leading_zeros(),
            largest,
            opinions: Opinions::new(bits, 8 * 4),
        }
    }
}

/// Indices are of one plane.
impl<const N: usize> Escape<N> for Indices {
    fn start_tile(&mut self, _: usize) {}

    fn skip(&mut self, _: usize) {}

    fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        near: &Near<N>,
        expected: &Expected<N>,
        _: usize,
        pixel: [u16; N],
    ) -> Result<[u16; N], C::Error> {
        let Near {
            w,
            n,
            nw,
            ne,
            ww,
            nn,
            nne,
        } = *near;
        let matched = expected.matched.map_or(0, |_| expected.length + 1);
        let likely = expected.matched.unwrap_or(expected.guess);
        let contexts = [
            0,
            stir_pixels(1, &[w]),
            stir_pixels(2, &[n]),
            stir_pixels(3, &[w, n]),
            stir_pixels(4, &[w, n, nw]),
            stir_pixels(5, &[w, n, nw, ne]),
            stir_pixels(6, &[w, n, nw, ne, ww, nn, nne]),
            stir_pixels(stir(7, matched << 2 | expected.confidence), &[likely]),
        ];
        let mut node = 1;
        for bit in (0..self.depth).rev() {
            let mixer = (bit * 4 + matched.min(3)) as usize;
            let wanted = pixel[0] >> bit & 1 != 0;
            let one = self.opinions.code(coder, wanted, &contexts, node, mixer)?;
            node = node << 1 | u32::from(one);
        }
        let index = (node - (1 << self.depth)) as u16;
        coder.require(index <= self.largest)?;
        Ok([index; N])
    }
}
