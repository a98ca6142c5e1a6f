//! Numbers as decisions with adaptive probabilities (`docs/format.md`, *Adaptive method*, *Numbers*, and *General
//! method*, *Lists*).

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

/// Bits of the longest number.
const MAX_BITS: usize = 17;

/// Codes numbers below 2^17.
pub(crate) struct NumberCoder {
    lengths: [Counter; MAX_BITS],
    lower_bits: [[Counter; MAX_BITS]; MAX_BITS],
}

impl NumberCoder {
    pub(crate) fn new() -> NumberCoder {
        NumberCoder {
            lengths: [Counter::EVEN; MAX_BITS],
            lower_bits: [[Counter::EVEN; MAX_BITS]; MAX_BITS],
        }
    }

    pub(crate) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        number: u32,
    ) -> Result<u32, C::Error> {
        let (actual, mut length) = (bit_length(number), 0);
        while length < MAX_BITS && coder.code(actual > length, &mut self.lengths[length])? {
            length += 1;
        }
        let mut value = u32::from(length > 0);
        for bit in (0..length.saturating_sub(1)).rev() {
            let counter = &mut self.lower_bits[length - 1][bit];
            let one = coder.code(number >> bit & 1 != 0, counter)?;
            value = value << 1 | u32::from(one);
        }
        Ok(value)
    }
}

/// The number of bits up to the highest 1.
pub(crate) fn bit_length(value: u32) -> usize {
    (u32::BITS - value.leading_zeros()) as usize
}
