//! How a file arranges the samples of its image, and the rendered samples that follow.

use pxc_codec::container::varint;
use pxc_codec::{Image, Limits};

use crate::error::{Error, Result};
use crate::exact::bytes::{Bytes, write_length_prefixed};
use crate::exact::template::digits;
use crate::exact::template::palette::{LONG_ENTRY, SHORT_ENTRY, palette};
use crate::exact::template::pixels::Pixels;
use crate::exact::template::qoi;
use crate::exact::template::runs::Runs;

/// Rendered bytes per byte of samples that an arrangement may have, and as many more.
const EXPANSION: u64 = 16;
const EXTRA: u64 = 1 << 20;

const SAMPLES: u8 = 1;
const PIXELS: u8 = 2;
const QOI: u8 = 3;
const DIGITS: u8 = 4;
const RUNS: u8 = 5;

const LITTLE: u8 = 1;
const INVERTED: u8 = 2;
const PLANAR: u8 = 4;
const BOTTOM_UP: u8 = 8;
const REVERSED: u8 = 16;
const TILED: u8 = 32;
const PALETTE: u8 = 64;
const SHORT_ENTRIES: u8 = 128;

/// How a file arranges its samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// Rows of samples.
    Samples(Samples),
    /// Rows of little-endian pixels, in which every plane has some bits.
    Pixels(Pixels),
    /// The operations that QOI's reference encoder writes.
    Qoi,
    /// Decimal numbers: the text, in which a zero byte stands for each number without its leading zeros.
    Digits {
        /// Whether the numbers are those of plain PBM, in which 1 is black.
        is_inverted: bool,
        /// The text.
        text: Vec<u8>,
    },
    /// The palette and run lengths of BMP.
    Runs(Runs),
}

/// Rows of samples of 1, 2, 4, 8 or 16 bits, the first sample of a byte in its highest bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Samples {
    /// Bits of a sample, at least those of the image.
    pub(crate) bits: u8,
    /// Whether the low byte of a sample is first.
    pub(crate) is_little: bool,
    /// Whether 0 is the largest value of the first plane.
    pub(crate) is_inverted: bool,
    /// Whether each plane has segments of its own.
    pub(crate) is_planar: bool,
    /// Whether the last row is first.
    pub(crate) is_bottom_up: bool,
    /// Whether the first sample of a byte is in its lowest bits.
    pub(crate) is_reversed: bool,
    /// Whether segments at the edges are as large as all others, with zeros outside the image.
    pub(crate) is_tiled: bool,
    /// Whether the palette comes first, as in BMP files, and if so whether its entries have three bytes.
    pub(crate) has_palette: bool,
    pub(crate) has_short_entries: bool,
    /// A row is a multiple of this many bytes.
    pub(crate) alignment: usize,
    /// Columns and rows of a segment.
    pub(crate) columns: usize,
    pub(crate) rows: usize,
}

impl Arrangement {
    /// Appends what [`Arrangement::read`] reads.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Arrangement::Samples(samples) => samples.write(out),
            Arrangement::Pixels(pixels) => {
                out.push(PIXELS);
                pixels.write(out);
            }
            Arrangement::Qoi => out.push(QOI),
            Arrangement::Digits { is_inverted, text } => {
                out.extend([DIGITS, (*is_inverted).into()]);
                write_length_prefixed(out, text);
            }
            Arrangement::Runs(runs) => {
                out.push(RUNS);
                runs.write(out);
            }
        }
    }

    pub(crate) fn read(reader: &mut Bytes<'_>) -> Result<Arrangement> {
        Ok(match reader.byte()? {
            SAMPLES => Arrangement::Samples(Samples::read(reader)?),
            PIXELS => Arrangement::Pixels(Pixels::read(reader)?),
            QOI => Arrangement::Qoi,
            DIGITS => Arrangement::Digits {
                is_inverted: reader.byte()? != 0,
                text: reader.length_prefixed()?.to_vec(),
            },
            RUNS => Arrangement::Runs(Runs::read(reader)?),
            other => {
                return Err(Error::description(format!(
                    "an arrangement of kind {other}"
                )));
            }
        })
    }

    /// The bytes of the samples. Fails, before it takes memory, where they do not suit the image or exceed the limits.
    pub(crate) fn render(&self, image: &Image, limits: &Limits) -> Result<Vec<u8>> {
        let most = image.samples().len() as u64 * EXPANSION + EXTRA;
        let needed = match self {
            Arrangement::Samples(samples) => samples.checked_length(image, most)?,
            Arrangement::Pixels(pixels) => pixels.checked_length(image, most)?,
            Arrangement::Qoi => qoi::most_bytes(image),
            Arrangement::Digits { text, .. } => digits::most_bytes(text, image),
            Arrangement::Runs(runs) => runs.most_bytes(image)?,
        };
        let held = match self {
            Arrangement::Pixels(pixels) => pixels.rest.len() as u64,
            _ => 0,
        };
        limits.reserve(needed + held).map_err(Error::limit)?;
        match self {
            Arrangement::Samples(samples) => Ok(samples.render(image, needed as usize)),
            Arrangement::Pixels(pixels) => Ok(pixels.render(image, needed as usize)),
            Arrangement::Qoi => qoi::operations(image),
            Arrangement::Digits { is_inverted, text } => {
                digits::fill(text, image, *is_inverted, most)
            }
            Arrangement::Runs(runs) => runs.render(image),
        }
    }
}

impl Samples {
    fn write(&self, out: &mut Vec<u8>) {
        let flags = [
            (self.is_little, LITTLE),
            (self.is_inverted, INVERTED),
            (self.is_planar, PLANAR),
            (self.is_bottom_up, BOTTOM_UP),
            (self.is_reversed, REVERSED),
            (self.is_tiled, TILED),
            (self.has_palette, PALETTE),
            (self.has_short_entries, SHORT_ENTRIES),
        ];
        let flags = flags.into_iter().filter(|(is_set, _)| *is_set);
        out.extend([SAMPLES, self.bits, flags.map(|(_, flag)| flag).sum()]);
        for number in [self.alignment, self.columns, self.rows] {
            varint::write(out, number as u64);
        }
    }

    fn read(reader: &mut Bytes<'_>) -> Result<Samples> {
        let (bits, flags) = (reader.byte()?, reader.byte()?);
        let is_set = |flag| flags & flag != 0;
        Ok(Samples {
            bits,
            is_little: is_set(LITTLE),
            is_inverted: is_set(INVERTED),
            is_planar: is_set(PLANAR),
            is_bottom_up: is_set(BOTTOM_UP),
            is_reversed: is_set(REVERSED),
            is_tiled: is_set(TILED),
            has_palette: is_set(PALETTE),
            has_short_entries: is_set(SHORT_ENTRIES),
            alignment: reader.number()?,
            columns: reader.number()?,
            rows: reader.number()?,
        })
    }

    /// Bytes of a row of a segment with this many planes.
    fn row_bytes(&self, planes: usize) -> Option<usize> {
        let bits = self.columns.checked_mul(planes * usize::from(self.bits))?;
        bits.div_ceil(8).checked_next_multiple_of(self.alignment)
    }

    /// The bytes of all segments with this many planes each.
    fn length(&self, image: &Image, planes: usize) -> Option<usize> {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let rows = match self.is_tiled {
            true => height.checked_next_multiple_of(self.rows)?,
            false => height,
        };
        let layers = image.color().channels() / planes;
        let segments = width.div_ceil(self.columns).checked_mul(layers)?;
        self.row_bytes(planes)?
            .checked_mul(rows)?
            .checked_mul(segments)
    }

    fn is_legal(&self, image: &Image) -> bool {
        let depth = image.depth().bits();
        let is_depth = self.bits == depth || (self.bits == 8 && depth < 8);
        is_depth
            && [self.alignment, self.columns, self.rows]
                .iter()
                .all(|&number| number > 0)
    }

    /// Planes of the pixels in a segment.
    fn segment_planes(&self, image: &Image) -> usize {
        if self.is_planar {
            1
        } else {
            image.color().channels()
        }
    }

    /// The bytes of all segments. Fails where they do not suit the image, or are more than `most`.
    fn checked_length(&self, image: &Image, most: u64) -> Result<u64> {
        let length = match self.is_legal(image) {
            true => self.length(image, self.segment_planes(image)),
            false => None,
        };
        let length = length.map(|length| length as u64);
        let length = length.filter(|&length| length <= most);
        let unsuitable = "its arrangement of samples does not suit the image";
        length.ok_or_else(|| Error::description(unsuitable))
    }

    /// The segments, of `length` bytes.
    fn render(&self, image: &Image, length: usize) -> Vec<u8> {
        let planes = self.segment_planes(image);
        let row_bytes = self.row_bytes(planes).unwrap_or_default();
        let (width, height) = (image.width() as usize, image.height() as usize);
        let layers = image.color().channels() / planes;
        let mut out = self.palette(image);
        let first = out.len();
        out.reserve(length);
        for plane in 0..layers {
            for y in (0..height).step_by(self.rows) {
                for x in (0..width).step_by(self.columns) {
                    let rows = if self.is_tiled {
                        self.rows
                    } else {
                        self.rows.min(height - y)
                    };
                    for row in y..y + rows {
                        let end = out.len() + row_bytes;
                        if row < height {
                            let row = if self.is_bottom_up {
                                height - 1 - row
                            } else {
                                row
                            };
                            self.row(image, (x, row), plane, &mut out);
                        }
                        out.resize(end, 0);
                    }
                }
            }
        }
        if self.is_reversed {
            out[first..]
                .iter_mut()
                .for_each(|byte| *byte = byte.reverse_bits());
        }
        out
    }

    /// The palette that comes first.
    pub(crate) fn palette(&self, image: &Image) -> Vec<u8> {
        match (self.has_palette, self.has_short_entries) {
            (false, _) => Vec::new(),
            (true, false) => palette(image, self.bits, LONG_ENTRY),
            (true, true) => palette(image, self.bits, SHORT_ENTRY),
        }
    }

    /// A row of a segment, without padding.
    fn row(&self, image: &Image, (x, y): (usize, usize), plane: usize, out: &mut Vec<u8>) {
        let (width, planes) = (image.width() as usize, image.color().channels());
        let bytes = image.depth().sample_bytes();
        let columns = self.columns.min(width - x);
        let first = (y * width + x) * planes * bytes;
        let row = &image.samples()[first..first + columns * planes * bytes];
        let largest = if self.is_inverted {
            image.depth().largest()
        } else {
            0
        };
        let (mut byte, mut free) = (0, 8);
        for (index, sample) in row.chunks_exact(bytes).enumerate() {
            if self.is_planar && index % planes != plane {
                continue;
            }
            let mask = if index % planes == 0 { largest } else { 0 };
            match sample {
                [high, low] => {
                    let value = u16::from_be_bytes([*high, *low]) ^ mask;
                    out.extend(if self.is_little {
                        value.to_le_bytes()
                    } else {
                        value.to_be_bytes()
                    });
                }
                _ if self.bits == 8 => out.push(sample[0] ^ mask as u8),
                _ => {
                    free -= self.bits;
                    byte |= (sample[0] ^ mask as u8) << free;
                    if free == 0 {
                        out.push(byte);
                        (byte, free) = (0, 8);
                    }
                }
            }
        }
        if free < 8 {
            out.push(byte);
        }
    }
}
