//! The range coder: intervals of 2^24 in, bytes out, and back. The arithmetic is constriction's, with 32-bit words and
//! a 64-bit state.
//!
//! ```text
//!   lower                                               lower + range
//!   |---------|===========================|---------------------|
//!    scale·left      scale·probability          scale = range >> 24
//! ```
//! The part under `=` becomes the new range. `docs/format.md`, *Range coder*, has the whole algorithm.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::num::NonZeroU32;

use byteorder::{BigEndian, ByteOrder};
use constriction::backends::ReadWords;
use constriction::stream::model::{DecoderModel, EncoderModel, EntropyModel};
use constriction::stream::queue::{
    DecoderFrontendError, EncoderSituation, RangeDecoder, RangeEncoder,
};
use constriction::stream::{Decode, Encode};
use constriction::{CoderError, Queue};

use crate::entropy::bit_coder::{BitCoder, Distribution, InvalidStream, ValueCoder};
use crate::entropy::frequencies::lane_sums::LaneSums;
use crate::entropy::interval::{Interval, PRECISION};

const WORD: usize = 4;
/// Words that a decoder may read past the end of a stream. An encoder keeps zeros so that this suffices.
const SPARE_WORDS: usize = 8;

/// Writes intervals.
pub(crate) struct IntervalEncoder {
    coder: RangeEncoder<u32, u64>,
}

impl IntervalEncoder {
    pub(crate) fn new() -> IntervalEncoder {
        IntervalEncoder {
            coder: RangeEncoder::new(),
        }
    }

    #[inline]
    pub(crate) fn encode(&mut self, interval: Interval) {
        self.coder
            .encode_symbol(interval, Given)
            .expect("an interval is never empty and a vector takes every word");
    }

    /// Ends the stream: its words in big-endian order, without the zero bytes at the end that a decoder does not need.
    /// The last words are chosen to end with as many zeros as possible.
    pub(crate) fn finish(self) -> Vec<u8> {
        let (mut words, state, situation) = self.coder.into_raw_parts();
        let (lower, range) = (state.lower(), state.range().get());
        let point = roundest(lower, range);
        let carried = point < lower;
        if let EncoderSituation::Inverted(count, first) = situation {
            words.push(first.wrapping_add(u32::from(carried)));
            let next = if carried { 0 } else { u32::MAX };
            words.extend(std::iter::repeat_n(next, count.get() - 1));
        }
        words.extend([(point >> u32::BITS) as u32, point as u32]);
        let mut bytes = vec![0; words.len() * WORD];
        BigEndian::write_u32_into(&words, &mut bytes);
        let used = bytes.iter().rposition(|&byte| byte != 0);
        // The first byte of the last word that must not be dropped.
        let needed = (words.len() * WORD).saturating_sub(SPARE_WORDS * WORD + WORD - 1);
        bytes.truncate(needed.max(used.map_or(0, |last| last + 1)));
        bytes
    }
}

/// The number in `lower..lower + range` (modulo 2^64) with the most zero bits at its end.
fn roundest(lower: u64, range: u64) -> u64 {
    (0..u64::BITS)
        .rev()
        .map(|bits| {
            let mask = (1 << bits) - 1;
            lower.wrapping_add(mask) & !mask
        })
        .find(|point| point.wrapping_sub(lower) < range)
        .unwrap_or(lower)
}

/// Reads intervals from bytes that are followed by a few words of zeros.
pub(crate) struct IntervalDecoder<'a> {
    coder: RangeDecoder<u32, u64, Words<'a>>,
}

impl<'a> IntervalDecoder<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> IntervalDecoder<'a> {
        let words = Words {
            bytes,
            spare: SPARE_WORDS,
        };
        let coder = RangeDecoder::with_backend(words);
        IntervalDecoder {
            coder: coder.unwrap_or_else(|Dry| unreachable!("a state has fewer words")),
        }
    }

    /// Decodes the symbol of one lane.
    #[inline]
    pub(crate) fn symbol(&mut self, sums: &LaneSums<'_>, lane: usize) -> Result<u8, InvalidStream> {
        self.coder
            .decode_symbol(LaneSymbols { sums, lane })
            .map_err(invalid)
    }

    /// Decodes a decision whose `false` has the probability `zero` of 2^24, neither 0 nor 2^24.
    #[inline]
    pub(crate) fn decision(&mut self, zero: u32) -> Result<bool, InvalidStream> {
        self.coder.decode_symbol(Decision { zero }).map_err(invalid)
    }
}

fn invalid(error: CoderError<DecoderFrontendError, Dry>) -> InvalidStream {
    match error {
        CoderError::Frontend(_) => InvalidStream::Illegal,
        CoderError::Backend(Dry) => InvalidStream::Dry,
    }
}

/// Big-endian words; the last may be short, and a few words of zeros follow.
struct Words<'a> {
    bytes: &'a [u8],
    /// Words that may still be read past the last byte.
    spare: usize,
}

/// More words were read than an encoder leaves out.
#[derive(Debug)]
struct Dry;

impl ReadWords<u32, Queue> for Words<'_> {
    type ReadError = Dry;

    #[inline]
    fn read(&mut self) -> Result<Option<u32>, Dry> {
        if let Some((word, rest)) = self.bytes.split_at_checked(WORD) {
            self.bytes = rest;
            return Ok(Some(BigEndian::read_u32(word)));
        }
        if self.bytes.is_empty() {
            self.spare = self.spare.checked_sub(1).ok_or(Dry)?;
        }
        let mut word = [0; WORD];
        word[..self.bytes.len()].copy_from_slice(self.bytes);
        self.bytes = &[];
        Ok(Some(BigEndian::read_u32(&word)))
    }
}

/// The model of an encoder whose symbol is the interval itself.
#[derive(Clone, Copy)]
struct Given;

impl EntropyModel<PRECISION> for Given {
    type Symbol = Interval;
    type Probability = u32;
}

impl EncoderModel<PRECISION> for Given {
    #[inline]
    fn left_cumulative_and_probability(
        &self,
        symbol: impl Borrow<Interval>,
    ) -> Option<(u32, NonZeroU32)> {
        let Interval { left, probability } = *symbol.borrow();
        Some((left, probability))
    }
}

struct LaneSymbols<'a> {
    sums: &'a LaneSums<'a>,
    lane: usize,
}

impl EntropyModel<PRECISION> for LaneSymbols<'_> {
    type Symbol = u8;
    type Probability = u32;
}

impl DecoderModel<PRECISION> for LaneSymbols<'_> {
    #[inline]
    fn quantile_function(&self, quantile: u32) -> (u8, u32, NonZeroU32) {
        let (symbol, interval) = self.sums.find(self.lane, quantile);
        (symbol, interval.left, interval.probability)
    }
}

impl BitCoder for IntervalEncoder {
    type Error = Infallible;

    #[inline]
    fn decide(&mut self, bit: bool, zero: u32) -> Result<bool, Infallible> {
        self.encode(Interval::of_decision(bit, zero));
        Ok(bit)
    }

    #[inline]
    fn require(&self, is_legal: bool) -> Result<(), Infallible> {
        debug_assert!(is_legal, "an encoder wrote what a decoder refuses");
        Ok(())
    }
}

impl BitCoder for IntervalDecoder<'_> {
    type Error = InvalidStream;

    #[inline]
    fn decide(&mut self, _: bool, zero: u32) -> Result<bool, InvalidStream> {
        self.decision(zero)
    }

    #[inline]
    fn require(&self, is_legal: bool) -> Result<(), InvalidStream> {
        match is_legal {
            true => Ok(()),
            false => Err(InvalidStream::Illegal),
        }
    }
}

impl ValueCoder for IntervalEncoder {
    #[inline]
    fn pick(
        &mut self,
        distribution: &impl Distribution,
        low: usize,
        high: usize,
        value: usize,
    ) -> Result<usize, Infallible> {
        self.encode(distribution.interval(low, high, value));
        Ok(value)
    }
}

impl ValueCoder for IntervalDecoder<'_> {
    #[inline]
    fn pick(
        &mut self,
        distribution: &impl Distribution,
        low: usize,
        high: usize,
        _: usize,
    ) -> Result<usize, InvalidStream> {
        let range = ValueRange {
            distribution,
            low,
            high,
        };
        self.coder.decode_symbol(range).map_err(invalid)
    }
}

/// The values `low..high` of a distribution.
struct ValueRange<'a, D> {
    distribution: &'a D,
    low: usize,
    high: usize,
}

impl<D: Distribution> EntropyModel<PRECISION> for ValueRange<'_, D> {
    type Symbol = usize;
    type Probability = u32;
}

impl<D: Distribution> DecoderModel<PRECISION> for ValueRange<'_, D> {
    #[inline]
    fn quantile_function(&self, quantile: u32) -> (usize, u32, NonZeroU32) {
        let value = self.distribution.find(self.low, self.high, quantile);
        let interval = self.distribution.interval(self.low, self.high, value);
        (value, interval.left, interval.probability)
    }
}

struct Decision {
    zero: u32,
}

impl EntropyModel<PRECISION> for Decision {
    type Symbol = bool;
    type Probability = u32;
}

impl DecoderModel<PRECISION> for Decision {
    #[inline]
    fn quantile_function(&self, quantile: u32) -> (bool, u32, NonZeroU32) {
        let bit = quantile >= self.zero;
        let interval = Interval::of_decision(bit, self.zero);
        (bit, interval.left, interval.probability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(left: u32, probability: u32) -> Interval {
        Interval {
            left,
            probability: NonZeroU32::new(probability).expect("not empty"),
        }
    }

    #[test]
    fn decisions_come_back_through_carries_and_long_runs() {
        for zero in [1, 2, 0x7f_ffff, 0x80_0001, (1 << PRECISION) - 1] {
            for seed in 0..200u32 {
                let count = 1 + seed * 3;
                let bits: Vec<bool> = (0..count)
                    .map(|i| (i.wrapping_mul(2654435761 ^ seed) >> 13) % (1 + seed % 9) == 0)
                    .collect();
                let mut encoder = IntervalEncoder::new();
                bits.iter()
                    .for_each(|&bit| encoder.encode(Interval::of_decision(bit, zero)));
                let bytes = encoder.finish();
                let mut decoder = IntervalDecoder::new(&bytes);
                for &bit in &bits {
                    assert_eq!(decoder.decision(zero), Ok(bit));
                }
            }
        }
    }

    /// A stream of `count` decisions that are all `false` and together take about `bits` bits.
    fn zeros(count: usize, zero: u32) -> Vec<u8> {
        let mut encoder = IntervalEncoder::new();
        (0..count).for_each(|_| encoder.encode(Interval::of_decision(false, zero)));
        encoder.finish()
    }

    #[test]
    fn a_stream_of_zeros_keeps_what_its_decoder_needs() {
        for count in [1, 100, 32 * SPARE_WORDS - 64, 32 * SPARE_WORDS, 5000] {
            let bytes = zeros(count, 1 << 23);
            assert_eq!(bytes.is_empty(), count <= 32 * (SPARE_WORDS - 1), "{count}");
            let mut decoder = IntervalDecoder::new(&bytes);
            for _ in 0..count {
                assert_eq!(decoder.decision(1 << 23), Ok(false));
            }
        }
    }

    #[test]
    fn a_stream_that_has_run_dry_is_refused() {
        for bytes in [&[][..], &[0x5a], &[0x5a, 0xa5, 0x12, 0x34, 0x56]] {
            let mut decoder = IntervalDecoder::new(bytes);
            let most = 8 * bytes.len() + 32 * (SPARE_WORDS + 1);
            let failed = (0..most).find_map(|_| decoder.decision(1 << 23).err());
            assert_eq!(failed, Some(InvalidStream::Dry));
        }
    }

    #[test]
    fn nothing_takes_no_bytes_and_one_decision_takes_one() {
        assert!(IntervalEncoder::new().finish().is_empty());
        let mut encoder = IntervalEncoder::new();
        encoder.encode(interval(1 << 23, 1 << 23));
        assert_eq!(encoder.finish(), [0x80]);
    }
}
