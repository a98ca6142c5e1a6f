//! Rows of palette indices or pixels, each a multiple of four bytes → samples, in the order of the file.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::formats::bmp::header::BmpHeader;
use crate::formats::bmp::masks::Masks;
use crate::ledger::Ledger;

/// The rows of a file.
pub(crate) struct BmpRows<'a> {
    bytes: &'a [u8],
    start: usize,
    width: usize,
    height: usize,
    bits: usize,
}

impl<'a> BmpRows<'a> {
    /// Finds the rows. Fails if the file is too short.
    pub(crate) fn new(bytes: &'a [u8], header: &BmpHeader) -> Result<BmpRows<'a>> {
        let rows = BmpRows {
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
        self.claim(false, ledger);
        indices
    }

    /// Pixels of 16, 24 or 32 bits.
    pub(crate) fn samples(&self, masks: &Masks, ledger: &mut Ledger) -> Vec<u8> {
        let mut samples = Vec::with_capacity(self.width * self.height * masks.channels());
        let (rest, mut found) = (masks.rest(self.bits as u16), 0);
        for pixel in self.pixels() {
            samples.extend(masks.samples(pixel));
            found |= pixel & rest;
        }
        self.claim(found != 0, ledger);
        samples
    }

    /// The bits of each pixel of 16, 24 or 32 bits.
    pub(crate) fn pixels(&self) -> impl Iterator<Item = u32> + use<'a> {
        let (bytes, width) = (self.bits / 8, self.width);
        let pixels = self
            .rows()
            .flat_map(move |row| row.chunks_exact(bytes).take(width));
        pixels.map(|pixel| {
            let bytes = pixel.iter().rev();
            bytes.fold(0, |pixel, &byte| pixel << 8 | u32::from(byte))
        })
    }

    fn rows(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.bytes[self.range()].chunks_exact(self.stride())
    }

    /// Claims the rows. Bits that no mask covers and padding that is not zero are lost.
    fn claim(&self, has_stray_bits: bool, ledger: &mut Ledger) {
        ledger.claim(self.range());
        if has_stray_bits {
            ledger.lose("unused bits of the pixels (a fourth channel)");
        }
        let used = self.width * self.bits;
        let is_zero = |row: &[u8]| match &row[used / 8..] {
            [first, rest @ ..] => first << (used % 8) == 0 && rest.iter().all(|&byte| byte == 0),
            [] => true,
        };
        if !self.rows().all(is_zero) {
            ledger.lose("padding of rows that is not zero");
        }
    }
}
