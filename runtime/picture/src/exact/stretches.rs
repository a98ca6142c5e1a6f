//! The stretches of a deflate stream: plain text and corrections, which lead to its bytes.

use pxc_codec::container::varint;

use crate::error::{Error, Result};

/// A stream has at most this many bytes per plain byte, plus [`EXTRA`].
const EXPANSION: usize = 2;
const EXTRA: usize = 1 << 16;

/// The limits for describing a deflate stream.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "preflate"),
    expect(dead_code, reason = "only preflate-rs takes much")
)]
pub(crate) struct StreamLimits {
    /// Bytes of the description.
    pub(crate) max_bytes: usize,
    /// Bytes of memory.
    pub(crate) memory: u64,
}

/// A deflate stream that was predicted.
pub(crate) struct Predicted {
    /// The plain text to which it inflates.
    pub(crate) plain: Vec<u8>,
    /// Bytes of the stream.
    pub(crate) length: usize,
    /// The list that [`Stretches`] reads.
    pub(crate) stretches: Vec<u8>,
}

/// A part of a deflate stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch<'a> {
    /// The plain text to which the part inflates.
    pub text: &'a [u8],
    /// Where the stream differs from what preflate-rs predicts for the text.
    pub corrections: &'a [u8],
}

/// The stretches of a stream in order. Ends after an error.
#[derive(Clone, Debug)]
pub struct Stretches<'a> {
    plain: &'a [u8],
    listed: &'a [u8],
}

impl<'a> Stretches<'a> {
    /// `plain` is the plain text of the whole stream. `listed` has two varints for each stretch (bytes of its text and
    /// of its corrections), followed by the corrections.
    pub(crate) fn new(plain: &'a [u8], listed: &'a [u8]) -> Stretches<'a> {
        Stretches { plain, listed }
    }

    /// Bytes of plain text that are still to come.
    pub fn plain_bytes(&self) -> usize {
        self.plain.len()
    }

    /// Most bytes of the stream that is still to come. [`describe`](crate::exact::describe) accepts no longer one.
    pub fn max_stream_bytes(&self) -> usize {
        let max_bytes = self.plain_bytes().saturating_mul(EXPANSION);
        max_bytes.saturating_add(EXTRA)
    }

    fn read(&mut self) -> Result<Stretch<'a>> {
        let text = varint::read(&mut self.listed).and_then(|length| take(&mut self.plain, length));
        let text =
            text.ok_or_else(|| Error::description("a stretch has more bytes than the rows"))?;
        let corrections =
            varint::read(&mut self.listed).and_then(|length| take(&mut self.listed, length));
        let corrections =
            corrections.ok_or_else(|| Error::description("its corrections are truncated"))?;
        Ok(Stretch { text, corrections })
    }
}

impl<'a> Iterator for Stretches<'a> {
    type Item = Result<Stretch<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.listed.is_empty() {
            return None;
        }
        let stretch = self.read();
        if stretch.is_err() {
            self.listed = &[];
        }
        Some(stretch)
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(count).ok()?)?;
    *bytes = rest;
    Some(taken)
}
