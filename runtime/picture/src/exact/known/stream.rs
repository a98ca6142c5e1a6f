//! Makes the deflate stream of the rows with a known encoder.

use crate::error::{Error, Result};
use crate::exact::known::compression::compress;
use crate::exact::known::encoder::Encoder;

/// A deflate stream that a known encoder makes. The work is in proportion to the rows.
#[derive(Clone, Copy, Debug)]
pub struct KnownStream<'a> {
    pub(crate) encoder: Encoder,
    pub(crate) plain: &'a [u8],
    /// Bytes of each row.
    pub(crate) rows: &'a [usize],
}

impl KnownStream<'_> {
    /// Makes the stream. Calls `go_on` after each piece, with libdeflate and fdeflate only at the end; returns `None`
    /// if it returns `false`.
    ///
    /// # Errors
    /// [`Error::DeflateMemory`] if memory runs out.
    pub fn make(&self, mut go_on: impl FnMut() -> bool) -> Result<Option<Vec<u8>>> {
        let mut made = Vec::new();
        let mut is_stopped = false;
        let finished = compress(self.encoder, self.plain, self.rows, |piece| {
            made.extend_from_slice(piece);
            is_stopped = !go_on();
            !is_stopped
        });
        match finished {
            Some(()) => Ok(Some(made)),
            None if is_stopped => Ok(None),
            None => Err(Error::DeflateMemory),
        }
    }
}
