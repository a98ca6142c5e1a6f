//! Numbers as decisions with adaptive probabilities (`docs/format.md`, *Adaptive method*, *Numbers*).

use crate::entropy::bit_coder::BitCoder;
use crate::entropy::counter::Counter;

/// Bits of the largest number.
pub(crate) const NUMBER_BITS: usize = 8;

/// The counters of a number's bit length: "is it longer than this?"
pub(crate) type Lengths = [Counter; NUMBER_BITS];

/// The counters of the bits below the highest, by bit length and by the bits before.
pub(crate) type LowerBits = [[Counter; 1 << (NUMBER_BITS - 1)]; NUMBER_BITS];
/// Nothing learned yet.
pub(crate) const EVEN_LOWER_BITS: LowerBits =
    [[Counter::EVEN; 1 << (NUMBER_BITS - 1)]; NUMBER_BITS];

/// A number below 256: its bit length in unary, then the bits below the highest, from the top.
pub(crate) fn code_number<C: BitCoder>(
    coder: &mut C,
    lengths: &mut Lengths,
    bits: &mut LowerBits,
    number: u8,
) -> Result<u8, C::Error> {
    let wanted = bit_length(number.into());
    let mut length = 0;
    while length < NUMBER_BITS && coder.code(wanted > length, &mut lengths[length])? {
        length += 1;
    }
    if length == 0 {
        return Ok(0);
    }
    let mut node = 1usize;
    for shift in (0..length - 1).rev() {
        let bit = number >> shift & 1 == 1;
        let counter = &mut bits[length - 1][node];
        node = node << 1 | usize::from(coder.code(bit, counter)?);
    }
    Ok(node as u8)
}

/// The number of bits up to the highest 1.
pub(crate) fn bit_length(value: u32) -> usize {
    (u32::BITS - value.leading_zeros()) as usize
}
