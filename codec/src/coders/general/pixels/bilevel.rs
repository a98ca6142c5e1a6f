//! Pixels that are 0 or 1, one decision each (`docs/format.md`, *General method*, *Two values*).
//!
//! In: the shapes around a pixel. Out: the pixel.

use crate::coders::general::row_meter::RowMeter;
use crate::coders::mixing::context_mixer::ContextMixer;
use crate::coders::mixing::hash::hash;
use crate::coders::pixel_tile::PixelTile;
use crate::entropy::bit_coder::BitCoder;
use crate::error::Error;

const CONTEXTS: usize = 6;
/// Columns to the left and to the right that the contexts use of the rows above.
const REACH: usize = 4;
/// Rows above that the contexts use.
const ROWS: usize = 4;

/// Values of the pixels that select a weight set.
const WEIGHT_SETS: usize = 1 << 5;

/// Everything about two values that a component learns.
pub(crate) struct Bilevel {
    mixer: ContextMixer<CONTEXTS>,
}

impl Bilevel {
    /// Bytes for a column: the rows above, and the row that is coded.
    pub(crate) const COLUMN_BYTES: u64 = ((ROWS + 1) * size_of::<u32>()) as u64;

    pub(crate) fn new(bits: u32) -> Bilevel {
        Bilevel {
            mixer: ContextMixer::new(bits, WEIGHT_SETS),
        }
    }

    /// Codes the pixels of a tile, each a number of `N = 1`.
    pub(crate) fn code_tile<C: BitCoder, const N: usize, E: From<C::Error> + From<Error>>(
        &mut self,
        coder: &mut C,
        tile: &mut PixelTile<N>,
        meter: &mut RowMeter<'_, '_>,
    ) -> Result<(), E> {
        let width = tile.width;
        let mut above: [Vec<u32>; ROWS] = std::array::from_fn(|_| vec![0; width + REACH]);
        for row in tile.pixels.as_flattened_mut().chunks_exact_mut(width) {
            let coded = self.code_row(coder, row, &above)?;
            above.rotate_right(1);
            above[0] = coded;
            meter.row(width)?;
        }
        Ok(())
    }

    /// Codes a row below others, which are [`REACH`] columns wider, and returns it so.
    fn code_row<C: BitCoder>(
        &mut self,
        coder: &mut C,
        row: &mut [u16],
        above: &[Vec<u32>; ROWS],
    ) -> Result<Vec<u32>, C::Error> {
        let mut coded = vec![0; row.len() + REACH];
        let mut windows = above.each_ref().map(|row_above| {
            let right = &row_above[..REACH.min(row.len())];
            right.iter().fold(0, |bits, &bit| bits << 1 | bit) << (REACH - right.len())
        });
        let mut own = 0;
        for (x, pixel) in row.iter_mut().enumerate() {
            for (window, row) in windows.iter_mut().zip(above) {
                *window = *window << 1 & 0x1ff | row[x + REACH];
            }
            let (contexts, weight_set) = contexts(own, &windows);
            let bit = self
                .mixer
                .code(coder, *pixel != 0, &contexts, 0, weight_set)?;
            own = own << 1 & 0xffff | u32::from(bit);
            coded[x] = bit.into();
            *pixel = bit.into();
        }
        Ok(coded)
    }
}

/// The middle `2·reach + 1` columns of a window.
fn middle(window: u32, reach: usize) -> u32 {
    window >> (REACH - reach) & ((1 << (2 * reach + 1)) - 1)
}

/// The contexts of a pixel and its weight set: `own` are the pixels to the west, then windows of the rows above.
fn contexts(own: u32, &[n, nn, nnn, nnnn]: &[u32; ROWS]) -> ([u32; CONTEXTS], usize) {
    let narrow = own & 7 | middle(n, 2) << 3 | middle(nn, 1) << 8;
    let wide = own & 15 | middle(n, 3) << 4 | middle(nn, 2) << 11;
    let wider = own & 63 | middle(n, 4) << 6 | middle(nn, 3) << 15 | middle(nnn, 2) << 22;
    let widest = hash(own & 0xff | n << 8 | nn << 17, nnn | middle(nnnn, 3) << 9);
    let vertical = own & 3
        | middle(n, 1) << 2
        | middle(nn, 1) << 5
        | middle(nnn, 1) << 8
        | middle(nnnn, 1) << 11;
    let along = own | middle(n, 1) << 16;
    let contexts = [
        hash(0, narrow),
        hash(1, wide),
        hash(2, wider),
        hash(3, widest),
        hash(4, vertical),
        hash(5, along),
    ];
    (contexts, (own & 3 | middle(n, 1) << 2) as usize)
}
