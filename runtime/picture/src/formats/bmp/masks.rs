//! Masks of 16- and 32-bit pixels: which bits are red, green, blue and alpha.

use crate::error::{Error, Result};
use crate::formats::bmp::header::{BmpHeader, FILE_HEADER, Storage, damaged, field};
use crate::ledger::Ledger;

/// Where masks are: after the first 40 bytes of the bitmap header, in a longer header or after the header.
const MASKS: usize = FILE_HEADER + 40;
/// Bytes of the shortest headers with three masks, and with four.
const WITH_MASKS: usize = 52;
const WITH_ALPHA_MASK: usize = 56;
/// The masks that headers usually have if no reader uses them.
pub(crate) const USUAL: [u32; 4] = [0xff_0000, 0xff00, 0xff, 0xff00_0000];

/// The bits of a channel: the lowest, and how many.
#[derive(Clone, Copy)]
struct MaskBits {
    shift: u32,
    largest: u32,
}

/// Red, green, blue, and alpha where there is some.
pub(crate) struct Masks {
    channels: Vec<MaskBits>,
    all: u32,
}

impl Masks {
    /// Reads and claims the masks of a header. Also returns where they end.
    pub(crate) fn read(
        bytes: &[u8],
        header: &BmpHeader,
        ledger: &mut Ledger,
    ) -> Result<(Masks, usize)> {
        let in_header = match header.size {
            WITH_ALPHA_MASK.. if header.size != 64 => 4,
            WITH_MASKS..WITH_ALPHA_MASK => 3,
            _ => 0,
        };
        let behind = match header.storage {
            Storage::Masks if in_header == 0 => 3,
            Storage::AlphaMasks => 4,
            _ => 0,
        };
        let count = in_header.max(behind);
        let end = match behind {
            0 => FILE_HEADER + header.size,
            count => MASKS + 4 * count,
        };
        if bytes.len() < end {
            return Err(Error::Truncated { format: "BMP" });
        }
        let mut masks = [0; 4];
        for (index, mask) in masks.iter_mut().enumerate().take(count) {
            *mask = field(bytes, MASKS + 4 * index);
        }
        let is_used = matches!(header.storage, Storage::Masks | Storage::AlphaMasks);
        let is_usual = masks
            .iter()
            .zip(USUAL)
            .all(|(&mask, usual)| mask == 0 || mask == usual);
        let range = MASKS..MASKS + 4 * count;
        ledger.claim_if(is_used || is_usual, range, "colour masks without effect");
        let masks = match (is_used, header.bits) {
            (true, _) => masks,
            (false, 16) => [0x7c00, 0x3e0, 0x1f, 0],
            (false, _) => [USUAL[0], USUAL[1], USUAL[2], 0],
        };
        Ok((Masks::new(masks, header.bits)?, end))
    }

    fn new(masks: [u32; 4], bits: u16) -> Result<Masks> {
        let mut all = 0;
        let mut channels = Vec::new();
        for (mask, name) in masks.into_iter().zip(["red", "green", "blue", "alpha"]) {
            if mask == 0 && name == "alpha" {
                continue;
            }
            let shift = mask.trailing_zeros().min(31);
            let largest = mask >> shift;
            if mask == 0 || largest & largest.wrapping_add(1) != 0 || all & mask != 0 {
                return Err(damaged(format!(
                    "mask of {name}: expected neighbouring bits of its own, found {mask:#x}"
                )));
            }
            if bits == 16 && mask > 0xffff {
                return Err(damaged(format!(
                    "mask of {name}: expected 16 bits, found {mask:#x}"
                )));
            }
            if largest > 0xff {
                return Err(Error::unsupported(format!(
                    "a BMP of {} bits of {name}",
                    largest.count_ones()
                )));
            }
            all |= mask;
            channels.push(MaskBits { shift, largest });
        }
        Ok(Masks { channels, all })
    }

    /// 3, or 4 with alpha.
    pub(crate) fn channels(&self) -> usize {
        self.channels.len()
    }

    /// The lowest bit of each channel, and the number of its bits.
    pub(crate) fn positions(&self) -> Vec<(u8, u8)> {
        let position = |bits: &MaskBits| (bits.shift as u8, bits.largest.count_ones() as u8);
        self.channels.iter().map(position).collect()
    }

    /// The bits of a pixel of `bits` bits that are in no mask.
    pub(crate) fn rest(&self, bits: u16) -> u32 {
        !self.all & (u32::MAX >> (32 - u32::from(bits)))
    }

    /// The samples of a pixel, scaled to 8 bits.
    pub(crate) fn samples(&self, pixel: u32) -> impl Iterator<Item = u8> + '_ {
        self.channels.iter().map(move |bits| {
            let value = pixel >> bits.shift & bits.largest;
            ((value * 255 + bits.largest / 2) / bits.largest) as u8
        })
    }
}
