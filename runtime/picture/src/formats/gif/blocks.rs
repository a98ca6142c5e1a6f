//! A position in a GIF file: fields, colour tables and chains of sub-blocks.

use std::ops::Range;

use crate::error::{Error, Result};

/// The error of a file that does not follow its format.
pub(crate) fn damaged(message: String) -> Error {
    Error::damaged("GIF", message)
}

/// A colour table, and where it is in the file.
pub(crate) struct ColorTable {
    pub(crate) colors: Vec<[u8; 3]>,
    pub(crate) range: Range<usize>,
}

/// A position in a file.
pub(crate) struct GifCursor<'a> {
    /// The whole file.
    pub(crate) file: &'a [u8],
    /// Offset of the next byte.
    pub(crate) at: usize,
}

impl<'a> GifCursor<'a> {
    /// Takes the next bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let rest = self.file.get(self.at..).unwrap_or_default();
        let taken = rest
            .get(..count)
            .ok_or(Error::Truncated { format: "GIF" })?;
        self.at += count;
        Ok(taken)
    }

    /// Takes the next byte.
    pub(crate) fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// Takes a number of two bytes.
    pub(crate) fn number(&mut self) -> Result<u16> {
        let bytes = self.take(2)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    /// Takes the colour table that `flags` announce, and returns where it is.
    pub(crate) fn colors(&mut self, flags: u8) -> Result<Option<ColorTable>> {
        if flags & 0x80 == 0 {
            return Ok(None);
        }
        let start = self.at;
        let table = self.take(6 << (flags & 7))?;
        Ok(Some(ColorTable {
            colors: table.as_chunks().0.to_vec(),
            range: start..self.at,
        }))
    }

    /// Takes a chain of sub-blocks.
    pub(crate) fn chain(&mut self) -> Result<Chain<'a>> {
        let start = self.at;
        loop {
            match self.byte()? {
                0 => {
                    return Ok(Chain {
                        file: self.file,
                        range: start..self.at,
                    });
                }
                length => self.take(length.into())?,
            };
        }
    }
}

/// Sub-blocks up to an empty one.
pub(crate) struct Chain<'a> {
    file: &'a [u8],
    /// Where it is, with its end.
    pub(crate) range: Range<usize>,
}

impl Chain<'_> {
    /// Where the data of its blocks are.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut at = self.range.start;
        std::iter::from_fn(move || {
            let part = at + 1..at + 1 + usize::from(self.file[at]);
            at = part.end;
            (!part.is_empty()).then_some(part)
        })
    }

    /// The data of all blocks together.
    pub(crate) fn data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(self.range.len());
        for part in self.parts() {
            data.extend_from_slice(&self.file[part]);
        }
        data
    }

    /// Where in the file the data after the first `count` bytes begins; the end of the chain if nothing follows them.
    pub(crate) fn position(&self, mut count: usize) -> usize {
        for part in self.parts() {
            if count < part.len() {
                return part.start + count;
            }
            count -= part.len();
        }
        self.range.end
    }
}
