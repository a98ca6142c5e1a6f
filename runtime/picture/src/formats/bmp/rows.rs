//! Rows of palette indices or pixels, each a multiple of four bytes → samples, in the order of the file.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::formats::bmp::header::Header;
use crate::formats::bmp::masks::Masks;
use crate::ledger::Ledger;

/// The rows of a file.
pub(crate) struct Rows<'a> {
    bytes: &'a [u8],
    start: usize,
    width: usize,
    height: usize,
    bits: usize,
}

impl<'a> Rows<'a> {
    /// Fails if the file is too short.
    pub(crate) fn new(bytes: &'a [u8], header: &Header) -> Result<Rows<'a>> {
        let rows = Rows {
            bytes,
            start: header.pixels,
            width: header.width as usize,
            height: header.height as usize,
            bits: header.bits.into(),
        };
        match bytes.len() < rows.range().end {
            true => Err(Error::Truncated { format: "BMP" }),
            false => Ok(rows),
        }
    }

    /// Where the rows are.
    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.start.saturating_add(self.stride() * self.height)
    }

    fn stride(&self) -> usize {
        (self.width * self.bits).div_ceil(32) * 4
    }

    /// Palette indices of 1, 2, 4 or 8 bits.
    pub(crate) fn indices(&self, ledger: &mut Ledger) -> Vec<u8> {
        let mask = ((1u16 << self.bits) - 1) as u8;
        let per_byte = 8 / self.bits;
        let mut indices = Vec::with_capacity(self.width * self.height);
        for row in self.rows() {
            indices.extend((0..self.width).map(|x| {
                let shift = 8 - self.bits * (1 + x % per_byte);
                row[x / per_byte] >> shift & mask
            }));
        }
        self.claim(None, ledger);
        indices
    }

    /// Pixels of 16, 24 or 32 bits.
    pub(crate) fn samples(&self, masks: &Masks, ledger: &mut Ledger) -> Vec<u8> {
        let bytes = self.bits / 8;
        let mut samples = Vec::with_capacity(self.width * self.height * masks.channels());
        let mut stray = None;
        for (y, row) in self.rows().enumerate() {
            for (x, pixel) in row.chunks_exact(bytes).take(self.width).enumerate() {
                let bits = pixel.iter().rev();
                let pixel = bits.fold(0, |pixel, &byte| pixel << 8 | u32::from(byte));
                samples.extend(masks.samples(pixel));
                if stray.is_none() && !masks.covers(pixel) {
                    stray = Some(self.start + y * self.stride() + x * bytes);
                }
            }
        }
        self.claim(stray.map(|at| at..at + bytes), ledger);
        samples
    }

    fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        self.bytes[self.range()].chunks_exact(self.stride())
    }

    /// Claims the pixels except a `stray` one, and the padding after each row where it is zero.
    fn claim(&self, stray: Option<Range<usize>>, ledger: &mut Ledger) {
        let used = self.width * self.bits;
        let full = used / 8;
        for (y, row) in self.rows().enumerate() {
            let at = self.start + y * self.stride();
            let is_zero = match &row[full..] {
                [first, rest @ ..] => {
                    first << (used % 8) == 0 && rest.iter().all(|&byte| byte == 0)
                }
                [] => true,
            };
            let padding = at + full..at + row.len();
            match &stray {
                Some(stray) if (at..at + full).contains(&stray.start) => {
                    ledger.claim(at..stray.start);
                    ledger.name(
                        stray.clone(),
                        "unused bits of the pixels (a fourth channel)",
                    );
                    ledger.claim(stray.end..at + full);
                }
                _ => ledger.claim(at..at + full),
            }
            ledger.claim_if(is_zero, padding, "padding of rows that is not zero");
        }
    }
}
