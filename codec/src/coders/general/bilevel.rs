//! Pixels that are 0 or 1, each one decision with the shapes around it as contexts (`docs/format.md`, *General coder*, *Two values*).

use super::Steps;
use super::opinions::{Opinions, stir};
use crate::entropy::bit_coder::BitCoder;
use crate::error::Error;

const CONTEXTS: usize = 6;
/// Columns to the left and to the right that are seen in the rows above.
const REACH: usize = 4;
/// Rows above that are seen.
const ROWS: usize = 4;

/// Everything about two values that a component learns.
pub(crate) struct Bilevel {
    opinions: Opinions<CONTEXTS>,
}

impl Bilevel {
    pub(crate) fn new(bits: u32) -> Bilevel {
        Bilevel {
            opinions: Opinions::new(bits, 1 << 5),
        }
    }

    /// Codes the pixels of a tile.
    pub(crate) fn code_tile<C: BitCoder, E: From<C::Error> + From<Error>>(
        &mut self,
        coder: &mut C,
        width: usize,
        pixels: &mut [u16],
        steps: &mut Steps<'_, '_>,
    ) -> Result<(), E> {
        let blank = vec![0; width + REACH];
        let mut above: [Vec<u32>; ROWS] = std::array::from_fn(|_| blank.clone());
        for row in pixels.chunks_exact_mut(width) {
            let mut fresh = blank.clone();
            let mut windows: [u32; ROWS] = std::array::from_fn(|back| {
                let right = &above[back][..REACH.min(width)];
                right.iter().fold(0, |bits, &bit| bits << 1 | bit) << (REACH - right.len())
            });
            let mut own = 0;
            for x in 0..width {
                for (window, row) in windows.iter_mut().zip(&above) {
                    *window = *window << 1 & 0x1ff | row[x + REACH];
                }
                let (contexts, mixer) = contexts(own, &windows);
                let bit = self
                    .opinions
                    .code(coder, row[x] != 0, &contexts, 0, mixer)?;
                own = own << 1 & 0xffff | u32::from(bit);
                fresh[x] = bit.into();
                row[x] = bit.into();
            }
            above.rotate_right(1);
            above[0] = fresh;
            steps.row(width)?;
        }
        Ok(())
    }
}

/// The middle `2·reach + 1` columns of a window.
fn middle(window: u32, reach: usize) -> u32 {
    window >> (REACH - reach) & ((1 << (2 * reach + 1)) - 1)
}

fn contexts(own: u32, &[n, nn, nnn, nnnn]: &[u32; ROWS]) -> ([u32; CONTEXTS], usize) {
    let near = own & 7 | middle(n, 2) << 3 | middle(nn, 1) << 8;
    let wide = own & 15 | middle(n, 3) << 4 | middle(nn, 2) << 11;
    let wider = own & 63 | middle(n, 4) << 6 | middle(nn, 3) << 15 | middle(nnn, 2) << 22;
    let widest = stir(own & 0xff | n << 8 | nn << 17, nnn | middle(nnnn, 3) << 9);
    let vertical = own & 3
        | middle(n, 1) << 2
        | middle(nn, 1) << 5
        | middle(nnn, 1) << 8
        | middle(nnnn, 1) << 11;
    let along = own | middle(n, 1) << 16;
    let contexts = [
        stir(0, near),
        stir(1, wide),
        stir(2, wider),
        stir(3, widest),
        stir(4, vertical),
        stir(5, along),
    ];
    (contexts, (own & 3 | middle(n, 1) << 2) as usize)
}
