//! Rows of little-endian pixels, in which every plane has some bits, and those bits that no plane has.

use pxc_codec::{BitDepth, Image};

use crate::error::{Error, Result};
use crate::exact::bytes::{Bytes, write_length_prefixed};

/// Rows of pixels, each row a multiple of 4 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    /// Bytes of a pixel: 2, 3 or 4.
    pub(crate) bytes: u8,
    /// Whether the last row is first.
    pub(crate) is_bottom_up: bool,
    /// The lowest bit of each plane, and the number of its bits.
    pub(crate) planes: Vec<(u8, u8)>,
    /// The bits of no plane, as [`gather`] puts them together; empty if they are zero.
    pub(crate) rest: Vec<u8>,
}

impl Pixels {
    /// Appends what [`Pixels::read`] reads.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let planes = self.planes.len() as u8;
        out.extend([self.bytes, self.is_bottom_up.into(), planes]);
        let planes = self.planes.iter();
        out.extend(planes.flat_map(|&(shift, bits)| [shift, bits]));
        write_length_prefixed(out, &self.rest);
    }

    pub(crate) fn read(reader: &mut Bytes<'_>) -> Result<Pixels> {
        let (bytes, is_bottom_up) = (reader.byte()?, reader.byte()? != 0);
        let planes = (0..reader.byte()?).map(|_| Ok((reader.byte()?, reader.byte()?)));
        Ok(Pixels {
            bytes,
            is_bottom_up,
            planes: planes.collect::<Result<_>>()?,
            rest: reader.length_prefixed()?.to_vec(),
        })
    }

    /// Bytes of a row.
    fn stride(&self, image: &Image) -> usize {
        (image.width() as usize * usize::from(self.bytes)).next_multiple_of(4)
    }

    /// The bits of no plane.
    fn rest_mask(&self) -> u32 {
        let plane = |&(shift, count): &(u8, u8)| ((1u32 << count) - 1) << shift;
        let taken = self
            .planes
            .iter()
            .fold(0, |taken, bits| taken | plane(bits));
        !taken & (u32::MAX >> (32 - 8 * u32::from(self.bytes)))
    }

    /// The bytes of all rows. Fails where they do not suit the image, or are more than `most`.
    pub(crate) fn checked_length(&self, image: &Image, most: u64) -> Result<u64> {
        let planes = image.color().channels();
        let length = self.stride(image) as u64 * u64::from(image.height());
        let bits = u16::from(self.bytes) * 8;
        let fits = |&(shift, count): &(u8, u8)| {
            (1..=8).contains(&count) && u16::from(shift) + u16::from(count) <= bits
        };
        let is_legal = (2..=4).contains(&self.bytes)
            && image.depth() == BitDepth::Eight
            && image.palette().is_none()
            && self.planes.len() == planes
            && self.planes.iter().all(fits);
        let is_whole = is_legal && (self.rest.is_empty() || self.has_whole_rest(image));
        match is_whole && length <= most {
            true => Ok(length),
            false => Err(Error::description(
                "its arrangement of pixels does not suit the image",
            )),
        }
    }

    /// Whether there are bits for every pixel.
    fn has_whole_rest(&self, image: &Image) -> bool {
        let pixels = u64::from(image.width()) * u64::from(image.height());
        let bits = pixels * u64::from(self.rest_mask().count_ones());
        self.rest.len() as u64 == bits.div_ceil(8)
    }

    /// The rows, of `length` bytes together.
    pub(crate) fn render(&self, image: &Image, length: usize) -> Vec<u8> {
        let (width, planes) = (image.width() as usize, image.color().channels());
        let stride = self.stride(image);
        let mut out = Vec::with_capacity(length);
        let mut rows: Vec<&[u8]> = image.samples().chunks_exact(width * planes).collect();
        if self.is_bottom_up {
            rows.reverse();
        }
        let mut rest = scatter(&self.rest, self.rest_mask());
        for row in rows {
            let end = out.len() + stride;
            for pixel in row.chunks_exact(planes) {
                let pixel = self.pixel(pixel) | rest.next().unwrap_or_default();
                out.extend_from_slice(&pixel.to_le_bytes()[..self.bytes.into()]);
            }
            out.resize(end, 0);
        }
        out
    }

    fn pixel(&self, samples: &[u8]) -> u32 {
        let bits = samples.iter().zip(&self.planes);
        bits.fold(0, |pixel, (&sample, &(shift, count))| {
            let largest = (1u32 << count) - 1;
            pixel | ((u32::from(sample) * largest + 127) / 255) << shift
        })
    }
}

/// Puts the bits of `mask` of each pixel together, the highest first: the first one in the highest bit of a byte.
/// Returns no bytes if all of them are zero.
pub(crate) fn gather(pixels: impl Iterator<Item = u32>, mask: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut held, mut count, mut any) = (0u64, 0, 0);
    let runs = runs(mask);
    for pixel in pixels {
        any |= pixel & mask;
        for &(shift, bits) in &runs {
            held = held << bits | u64::from(pixel >> shift) & ((1 << bits) - 1);
            count += bits;
        }
        while count >= 8 {
            count -= 8;
            out.push((held >> count) as u8);
        }
    }
    if count > 0 {
        out.push((held << (8 - count)) as u8);
    }
    match any {
        0 => Vec::new(),
        _ => out,
    }
}

/// Takes apart what [`gather`] put together, pixel by pixel.
fn scatter(gathered: &[u8], mask: u32) -> impl Iterator<Item = u32> + '_ {
    let runs = runs(mask);
    let needed = mask.count_ones();
    let mut bytes = gathered.iter();
    let (mut held, mut count) = (0u64, 0);
    std::iter::from_fn(move || {
        while count < needed {
            held = held << 8 | u64::from(*bytes.next()?);
            count += 8;
        }
        let mut pixel = 0;
        for &(shift, bits) in &runs {
            count -= bits;
            pixel |= ((held >> count) as u32 & ((1u64 << bits) - 1) as u32) << shift;
        }
        Some(pixel)
    })
}

/// The runs of neighbouring bits in a mask, the highest first: the lowest bit of each, and its length.
fn runs(mask: u32) -> Vec<(u32, u32)> {
    let (mut runs, mut mask) = (Vec::new(), mask);
    while mask != 0 {
        let end = 32 - mask.leading_zeros();
        let bits = (mask << (32 - end)).leading_ones();
        runs.push((end - bits, bits));
        mask &= ((1u64 << (end - bits)) - 1) as u32;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_a_mask_come_back() {
        let pixels = [0x1234_5678, 0x8000_0001, 0, u32::MAX, 0x0f0f_f0f0];
        for mask in [0xff00_0000, 0x8000, 0xc000_0003, 0x8421_0842, 0xf, 1 << 31] {
            let gathered = gather(pixels.into_iter(), mask);
            let bits = pixels.len() * mask.count_ones() as usize;
            assert_eq!(gathered.len(), bits.div_ceil(8), "{mask:#x}");
            let back: Vec<u32> = scatter(&gathered, mask).take(pixels.len()).collect();
            assert_eq!(back, pixels.map(|pixel| pixel & mask), "{mask:#x}");
        }
        assert_eq!(gather([0x8000, 0, 0x8000].into_iter(), 0x8000), [0xa0]);
        assert!(gather([0xff, 0xff].into_iter(), 0xff00).is_empty());
        assert!(gather(pixels.into_iter(), 0).is_empty());
    }
}
