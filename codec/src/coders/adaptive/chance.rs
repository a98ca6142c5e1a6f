//! Decisions with adaptive chances, and numbers made of them (`docs/format.md`, *Adaptive coder*, *Decisions* and *Numbers*).

use crate::entropy::frequencies::PRECISION;
use crate::entropy::range_coder::{IntervalDecoder, IntervalEncoder, InvalidStream, decision};

/// Decisions after which a chance stops growing more rigid.
const RIGID: u32 = 62;
/// Bits of the largest number.
pub(crate) const NUMBER_BITS: usize = 8;

/// An adaptive probability.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    /// Probability of `false`, of 2^24; never 0 nor 2^24.
    zero: u32,
    /// Decisions seen, at most [`RIGID`].
    seen: u32,
}

impl Chance {
    /// Nothing learned yet.
    pub(crate) const EVEN: Chance = Chance {
        zero: 1 << (PRECISION - 1),
        seen: 0,
    };

    #[inline]
    fn update(&mut self, bit: bool) {
        let divisor = self.seen + 2;
        if bit {
            self.zero -= self.zero / divisor;
        } else {
            self.zero += ((1 << PRECISION) - self.zero) / divisor;
        }
        self.seen = RIGID.min(self.seen + 1);
    }
}

/// Encodes decisions or decodes them.
pub(crate) trait BitCoder {
    /// Codes a decision: an encoder writes `bit` and returns it; a decoder ignores `bit` and returns what it reads.
    fn code(&mut self, bit: bool, chance: &mut Chance) -> Result<bool, InvalidStream>;

    /// As [`code`](BitCoder::code), with the probability of `false`, of 2^24, neither 0 nor 2^24.
    fn decide(&mut self, bit: bool, zero: u32) -> Result<bool, InvalidStream>;
}

impl BitCoder for IntervalEncoder {
    #[inline]
    fn code(&mut self, bit: bool, chance: &mut Chance) -> Result<bool, InvalidStream> {
        self.encode(decision(bit, chance.zero));
        chance.update(bit);
        Ok(bit)
    }

    #[inline]
    fn decide(&mut self, bit: bool, zero: u32) -> Result<bool, InvalidStream> {
        self.encode(decision(bit, zero));
        Ok(bit)
    }
}

impl BitCoder for IntervalDecoder<'_> {
    #[inline]
    fn code(&mut self, _: bool, chance: &mut Chance) -> Result<bool, InvalidStream> {
        let bit = self.decision(chance.zero)?;
        chance.update(bit);
        Ok(bit)
    }

    #[inline]
    fn decide(&mut self, _: bool, zero: u32) -> Result<bool, InvalidStream> {
        self.decision(zero)
    }
}

/// The chances of a number's bit length: "is it longer than this?"
pub(crate) type Lengths = [Chance; NUMBER_BITS];

/// The chances of the bits below the highest, by bit length and by the bits before.
pub(crate) type LowerBits = [[Chance; 1 << (NUMBER_BITS - 1)]; NUMBER_BITS];
/// Nothing learned yet.
pub(crate) const EVEN_LOWER_BITS: LowerBits = [[Chance::EVEN; 1 << (NUMBER_BITS - 1)]; NUMBER_BITS];

/// A number below 256: its bit length in unary, then the bits below the highest, from the top.
pub(crate) fn code_number<C: BitCoder>(
    coder: &mut C,
    lengths: &mut Lengths,
    bits: &mut LowerBits,
    number: u8,
) -> Result<u8, InvalidStream> {
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
        let chance = &mut bits[length - 1][node];
        node = node << 1 | usize::from(coder.code(bit, chance)?);
    }
    Ok(node as u8)
}

/// The number of bits up to the highest 1.
pub(crate) fn bit_length(value: u32) -> usize {
    (u32::BITS - value.leading_zeros()) as usize
}
