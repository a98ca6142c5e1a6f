//! Samples as differences to a prediction (`docs/format.md`, *Adaptive method*, *Residuals*).
//!
//! In: the neighbours of a pixel, and the pixel to encode. Out: the pixel.

use crate::coders::numbers::{
    EVEN_LOWER_BITS, Lengths, LowerBits, NUMBER_BITS, bit_length, code_number,
};
use crate::coders::tile_neighbors::TileNeighbors;
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::counter::Counter;
use crate::model::prediction::{base, carry};

/// Classes of the differences between neighbours.
const ACTIVITIES: usize = 10;
/// Classes of the residual of the sample before.
const CARRIED: usize = 4;

/// The counters of residuals.
pub(crate) struct Residuals<const N: usize> {
    lengths: [[[Lengths; CARRIED]; ACTIVITIES]; N],
    lower_bits: [LowerBits; N],
}

impl<const N: usize> Residuals<N> {
    pub(crate) fn new() -> Residuals<N> {
        Residuals {
            lengths: [[[[Counter::EVEN; NUMBER_BITS]; CARRIED]; ACTIVITIES]; N],
            lower_bits: [EVEN_LOWER_BITS; N],
        }
    }

    /// Codes the samples of a pixel one after the other.
    pub(crate) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        around: &TileNeighbors<[u8; N]>,
        pixel: [u8; N],
    ) -> Result<[u8; N], C::Error> {
        let (mut coded, mut own, mut carried) = ([0; N], [0i16; 2], 0);
        for channel in 0..N {
            let base = base(
                around.west[channel].into(),
                around.north[channel].into(),
                around.north_west[channel].into(),
            );
            let prediction = carry(channel, base, own);
            let folded = fold(pixel[channel].wrapping_sub(prediction));
            let lengths = &mut self.lengths[channel][activity(around, channel)][carried];
            let folded = code_number(coder, lengths, &mut self.lower_bits[channel], folded)?;
            coded[channel] = prediction.wrapping_add(unfold(folded));
            carried = bit_length(folded.into()).div_ceil(2).min(CARRIED - 1);
            if let Some(own) = own.get_mut(channel) {
                *own = i16::from(coded[channel]) - base;
            }
        }
        Ok(coded)
    }
}

/// How much the neighbours differ, 0 to 9.
fn activity<const N: usize>(around: &TileNeighbors<[u8; N]>, channel: usize) -> usize {
    let difference = |a: &[u8; N], b: &[u8; N]| u32::from(a[channel].abs_diff(b[channel]));
    let sum = difference(&around.west, &around.north_west)
        + difference(&around.north, &around.north_west)
        + difference(&around.north_east, &around.north);
    bit_length(sum).min(ACTIVITIES - 1)
}

/// 0, −1, 1, −2, 2 … to 0, 1, 2, 3, 4 …
fn fold(residual: u8) -> u8 {
    (residual << 1) ^ ((residual as i8 >> 7) as u8)
}

fn unfold(folded: u8) -> u8 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}
