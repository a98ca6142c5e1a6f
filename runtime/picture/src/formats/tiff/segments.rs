//! Strips and tiles → the samples of an image.

use std::borrow::Cow;

use pxc_codec::BitDepth;

use crate::error::Result;
use crate::formats::png::samples::unpack_row;
use crate::formats::tiff::fields::Fields;
use crate::formats::tiff::layout::Layout;

/// Decodes all segments. Claims the bytes that their pixels take.
pub(crate) fn read_segments(layout: &Layout, fields: &mut Fields<'_>) -> Result<Vec<u8>> {
    let is_little = fields.file.is_little;
    let mut samples =
        vec![0; layout.width * layout.height * layout.page_format.samples.pixel_bytes()];
    let mut is_clean = true;
    for (number, range) in layout.segments.iter().enumerate() {
        let segment = Segment::new(layout, number);
        let data = &fields.file.bytes[range.clone()];
        let (rows, used) = segment.unpack(data)?;
        is_clean &= segment.write(&rows, is_little, &mut samples);
        let name = "bytes after the pixels of a strip or tile";
        fields.ledger.name(range.clone(), name);
        fields.ledger.claim(range.start..range.start + used);
    }
    if !is_clean {
        fields.ledger.lose("padding bits of rows that are not zero");
    }
    Ok(samples)
}

/// A strip or tile.
struct Segment<'a> {
    layout: &'a Layout,
    /// Where it begins in the image.
    x: usize,
    y: usize,
    /// Its plane, if it has only one.
    plane: usize,
    /// Rows that it stores.
    rows: usize,
}

impl<'a> Segment<'a> {
    fn new(layout: &'a Layout, number: usize) -> Segment<'a> {
        let (plane, index) = (number / layout.per_plane(), number % layout.per_plane());
        let y = index / layout.across() * layout.rows;
        let rows = match layout.is_tiled {
            true => layout.rows,
            false => layout.rows.min(layout.height - y),
        };
        Segment {
            layout,
            x: index % layout.across() * layout.columns,
            y,
            plane,
            rows,
        }
    }

    fn row_bytes(&self) -> usize {
        let depth = usize::from(self.layout.page_format.samples.depth.bits());
        (self.layout.columns * self.layout.segment_planes() * depth).div_ceil(8)
    }

    fn unpack<'d>(&self, data: &'d [u8]) -> Result<(Cow<'d, [u8]>, usize)> {
        let (scheme, columns) = (self.layout.compression, self.layout.columns);
        if !self.layout.is_reversed {
            return scheme.unpack(data, columns, self.rows, self.row_bytes());
        }
        let reversed: Vec<u8> = data.iter().map(|byte| byte.reverse_bits()).collect();
        let (rows, used) = scheme.unpack(&reversed, columns, self.rows, self.row_bytes())?;
        Ok((Cow::Owned(rows.into_owned()), used))
    }

    /// Copies the pixels to their place; returns whether the padding bits of rows are zero. Pixels of a tile outside
    /// the image have no meaning.
    fn write(&self, data: &[u8], is_little: bool, samples: &mut [u8]) -> bool {
        let layout = self.layout;
        let depth = layout.page_format.samples.depth;
        let planes = layout.segment_planes();
        let columns = layout.columns.min(layout.width - self.x);
        let bytes = depth.sample_bytes();
        let mut is_clean = true;
        let mut row = Vec::with_capacity(layout.columns * planes * bytes);
        for (index, packed) in data.chunks_exact(self.row_bytes()).enumerate() {
            let y = self.y + index;
            if y >= layout.height {
                break;
            }
            row.clear();
            unpack(packed, depth, is_little, &mut row);
            let used = layout.columns * planes * bytes;
            is_clean &= row[used..].iter().all(|&sample| sample == 0);
            row.truncate(used);
            if layout.is_predicted {
                add_left(&mut row, planes, depth);
            }
            if layout.page_format.is_inverted && self.plane == 0 {
                invert(&mut row, planes, depth);
            }
            let first = (y * layout.width + self.x) * layout.planes() * bytes;
            self.copy_row(&row[..columns * planes * bytes], &mut samples[first..]);
        }
        is_clean
    }

    /// Copies a row, or a plane of it.
    fn copy_row(&self, row: &[u8], samples: &mut [u8]) {
        if !self.layout.is_planar {
            samples[..row.len()].copy_from_slice(row);
            return;
        }
        let bytes = self.layout.page_format.samples.depth.sample_bytes();
        let pixels = samples.chunks_exact_mut(self.layout.planes() * bytes);
        for (sample, pixel) in row.chunks_exact(bytes).zip(pixels) {
            pixel[self.plane * bytes..][..bytes].copy_from_slice(sample);
        }
    }
}

/// Unpacks samples to the form of [`Image`](pxc_codec::Image): one byte each, or two with the high one first.
fn unpack(packed: &[u8], depth: BitDepth, is_little: bool, row: &mut Vec<u8>) {
    match depth {
        BitDepth::Sixteen if is_little => {
            row.extend(packed.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]));
        }
        BitDepth::Eight | BitDepth::Sixteen => row.extend_from_slice(packed),
        _ => row.extend(unpack_row(packed, depth)),
    }
}

fn add_left(row: &mut [u8], planes: usize, depth: BitDepth) {
    if depth == BitDepth::Eight {
        for at in planes..row.len() {
            row[at] = row[at].wrapping_add(row[at - planes]);
        }
        return;
    }
    for at in (2 * planes..row.len()).step_by(2) {
        let sample = |at: usize| u16::from_be_bytes([row[at], row[at + 1]]);
        let sum = sample(at).wrapping_add(sample(at - 2 * planes));
        row[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    }
}

/// Exchanges black and white. Alpha, the second of two planes, stays.
fn invert(row: &mut [u8], planes: usize, depth: BitDepth) {
    let (bytes, largest) = (depth.sample_bytes(), depth.largest() as u8);
    for pixel in row.chunks_exact_mut(planes * bytes) {
        pixel[..bytes].iter_mut().for_each(|byte| *byte ^= largest);
    }
}
