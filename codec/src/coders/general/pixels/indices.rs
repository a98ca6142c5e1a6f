//! Numbers below 257 that are names, not quantities, bit by bit (`docs/format.md`, *General method*, *Indices*).
//!
//! In: the neighbours of a pixel and what the match model predicts. Out: the index of the pixel.

use std::ops::Range;

use crate::coders::general::pixels::escape::{Escape, PixelContext};
use crate::coders::mixing::context_mixer::ContextMixer;
use crate::coders::mixing::hash::{hash, hash_pixels};
use crate::entropy::bit_coder::BitCoder;

const CONTEXTS: usize = 8;
/// Bits of the longest index.
const MAX_DEPTH: usize = 8;
/// Classes of [`run`](crate::coders::general::pixels::match_model::MatchPrediction::run).
const RUNS: usize = 4;

/// Everything about indices that a component learns.
pub(crate) struct Indices {
    /// Bits of the largest index.
    depth: u32,
    largest: u16,
    mixer: ContextMixer<CONTEXTS>,
}

impl Indices {
    /// For indices in `0..=largest`, at most 255.
    pub(crate) fn new(bits: u32, largest: u16) -> Indices {
        Indices {
            depth: u16::BITS - largest.leading_zeros(),
            largest,
            mixer: ContextMixer::new(bits, MAX_DEPTH * RUNS),
        }
    }
}

/// Indices have one plane.
impl<const N: usize> Escape<N> for Indices {
    fn start_tile(&mut self, _: usize) {}

    fn skip(&mut self, _: Range<usize>) {}

    fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        context: &PixelContext<N>,
        pixel: [u16; N],
    ) -> Result<[u16; N], C::Error> {
        let contexts = contexts(context);
        let run = (context.predicted.run() as usize).min(RUNS - 1);
        let mut node = 1;
        for bit in (0..self.depth).rev() {
            let weight_set = bit as usize * RUNS + run;
            let wanted = pixel[0] >> bit & 1 != 0;
            let one = self
                .mixer
                .code(coder, wanted, &contexts, node, weight_set)?;
            node = node << 1 | u32::from(one);
        }
        let index = (node - (1 << self.depth)) as u16;
        coder.require(index <= self.largest)?;
        Ok([index; N])
    }
}

fn contexts<const N: usize>(context: &PixelContext<N>) -> [u32; CONTEXTS] {
    let (around, predicted) = (&context.around, &context.predicted);
    let (w, n) = (around.west, around.north);
    let (nw, ne) = (around.north_west, around.north_east);
    let (ww, nn) = (around.west_west, around.north_north);
    let nne = around.north_north_east;
    let sure = predicted.run() << 2 | predicted.confidence;
    [
        0,
        hash_pixels(1, &[w]),
        hash_pixels(2, &[n]),
        hash_pixels(3, &[w, n]),
        hash_pixels(4, &[w, n, nw]),
        hash_pixels(5, &[w, n, nw, ne]),
        hash_pixels(6, &[w, n, nw, ne, ww, nn, nne]),
        hash_pixels(hash(7, sure), &[predicted.likely()]),
    ]
}
