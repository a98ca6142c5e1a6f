//! What the coding methods need from a range coder: decisions, and values of a distribution.
//!
//! One piece of code encodes and decodes. It asks a [`BitCoder`] each question together with the answer that an encoder
//! would give. An encoder writes that answer; a decoder ignores it and returns the one it reads.

use crate::entropy::counter::Counter;
use crate::entropy::interval::Interval;

/// The bytes of a stream do not come from an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidStream {
    /// No encoder writes this.
    Illegal,
    /// The stream ends before its last symbol.
    Dry,
}

impl InvalidStream {
    /// What is wrong, in words.
    pub(crate) fn problem(self) -> &'static str {
        match self {
            InvalidStream::Illegal => "the entropy-coded stream does not come from an encoder",
            InvalidStream::Dry => "the entropy-coded stream ends before its last symbol",
        }
    }
}

/// Encodes or decodes decisions.
pub(crate) trait BitCoder {
    /// How coding fails: [`InvalidStream`] for a decoder, [`Infallible`](std::convert::Infallible) for an encoder.
    type Error;

    /// Codes a decision whose `false` has the probability `zero` of 2^24, neither 0 nor 2^24.
    fn decide(&mut self, bit: bool, zero: u32) -> Result<bool, Self::Error>;

    /// Codes a decision whose answers are equally probable.
    #[inline]
    fn decide_evenly(&mut self, bit: bool) -> Result<bool, Self::Error> {
        self.decide(bit, 1 << 23)
    }

    /// Makes a decoder refuse what no encoder writes. An encoder calls it only with `true`.
    fn require(&self, is_legal: bool) -> Result<(), Self::Error>;

    /// Codes a decision with an adaptive probability, which learns the answer.
    #[inline]
    fn code(&mut self, bit: bool, counter: &mut Counter) -> Result<bool, Self::Error> {
        let bit = self.decide(bit, counter.zero())?;
        counter.update(bit);
        Ok(bit)
    }
}

/// Also encodes or decodes values of a distribution.
pub(crate) trait ValueCoder: BitCoder {
    /// Codes `value`, one of `low..high`, with the distribution restricted to `low..high`.
    fn pick(
        &mut self,
        distribution: &impl Distribution,
        low: usize,
        high: usize,
        value: usize,
    ) -> Result<usize, Self::Error>;
}

/// A distribution over the values of a sample.
pub(crate) trait Distribution {
    /// The interval of `value` among `low..high`.
    fn interval(&self, low: usize, high: usize, value: usize) -> Interval;

    /// The value of `low..high` whose interval holds `quantile`, which is below 2^24.
    fn find(&self, low: usize, high: usize, quantile: u32) -> usize;
}
