//! The rows that PNG deflates: packed samples in one pass or in the seven of Adam7, each row after its filter byte.
//!
//! In: an image and the filters of its rows. Out: the bytes that go to deflate, and from these bytes the samples and
//! the filters.

use pxc_codec::{BitDepth, Image, SampleFormat};

use crate::formats::png::samples::{pack_row, unpack_row};

/// Adam7: first column, first row, distance of columns and of rows.
const PASSES: [[usize; 4]; 7] = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
];

/// The number of PNG's filters.
pub(crate) const FILTERS: usize = 5;

/// Bytes whose sizes are summed in 32 bits.
const SUMMED: usize = 1 << 16;

/// The rows of an image.
pub(crate) struct PngRows {
    width: usize,
    height: usize,
    format: SampleFormat,
    /// The passes that have pixels.
    passes: Vec<Pass>,
}

/// One pass: columns and rows of the image.
struct Pass {
    columns: Vec<usize>,
    rows: Vec<usize>,
}

impl PngRows {
    /// The rows of an image of this size and format.
    pub(crate) fn new(
        width: u32,
        height: u32,
        format: SampleFormat,
        is_interlaced: bool,
    ) -> PngRows {
        let passes: &[[usize; 4]] = match is_interlaced {
            true => &PASSES,
            false => &[[0, 0, 1, 1]],
        };
        let passes = passes.iter().map(|&[x, y, dx, dy]| Pass {
            columns: (x..width as usize).step_by(dx).collect(),
            rows: (y..height as usize).step_by(dy).collect(),
        });
        PngRows {
            width: width as usize,
            height: height as usize,
            format,
            passes: passes.filter(|pass| !pass.columns.is_empty()).collect(),
        }
    }

    /// Bytes of all rows, filter bytes included.
    pub(crate) fn bytes(&self) -> usize {
        let bytes = self
            .passes
            .iter()
            .map(|pass| pass.rows.len() * (1 + self.row_bytes(pass)));
        bytes.sum()
    }

    /// Bytes of each row, in file order.
    pub(crate) fn lengths(&self) -> Vec<usize> {
        let lengths = |pass: &Pass| vec![1 + self.row_bytes(pass); pass.rows.len()];
        self.passes.iter().flat_map(lengths).collect()
    }

    /// The filter of each row; `None` if `plain` has another length than the rows.
    pub(crate) fn filters(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let (mut filters, mut rest) = (Vec::new(), plain);
        for pass in &self.passes {
            for _ in &pass.rows {
                let (row, tail) = rest.split_at_checked(1 + self.row_bytes(pass))?;
                filters.push(row[0]);
                rest = tail;
            }
        }
        rest.is_empty().then_some(filters)
    }

    /// The filtered rows; `None` if the number of filters is wrong, or a filter is unknown to PNG.
    pub(crate) fn filtered(&self, image: &Image, filters: &[u8]) -> Option<Vec<u8>> {
        let mut filters = filters.iter();
        let mut out = Vec::with_capacity(self.bytes());
        let distance = self.pixel_bits().div_ceil(8);
        for pass in &self.passes {
            let mut above = vec![0; self.row_bytes(pass)];
            for &y in &pass.rows {
                let row = self.row(image, pass, y);
                let filter = *filters.next()?;
                out.push(filter);
                filter_row(filter, &row, &above, distance, &mut out)?;
                above = row;
            }
        }
        filters.next().is_none().then_some(out)
    }

    /// The sum of the magnitudes of the filtered bytes, as signed numbers, for each row and filter.
    pub(crate) fn sums(&self, image: &Image) -> Vec<[u64; FILTERS]> {
        let distance = self.pixel_bits().div_ceil(8);
        let mut all = Vec::new();
        let mut filtered = Vec::new();
        for pass in &self.passes {
            let mut above = vec![0; self.row_bytes(pass)];
            for &y in &pass.rows {
                let row = self.row(image, pass, y);
                all.push([0, 1, 2, 3, 4].map(|filter| {
                    filtered.clear();
                    filter_row(filter, &row, &above, distance, &mut filtered);
                    filtered.chunks(SUMMED).map(sizes).sum()
                }));
                above = row;
            }
        }
        all
    }

    /// The samples of [`bytes`](Rows::bytes) bytes of filtered rows, which it overwrites, and whether the padding bits
    /// of the rows are zero. An unknown filter is the error: row and filter.
    pub(crate) fn samples(&self, mut plain: &mut [u8]) -> Result<(Vec<u8>, bool), (usize, u8)> {
        let mut is_clean = true;
        let mut samples = vec![0; self.width * self.height * self.format.pixel_bytes()];
        for pass in &self.passes {
            let bytes = self.row_bytes(pass);
            let padding = 8 * bytes - pass.columns.len() * self.pixel_bits();
            let zeros = vec![0; bytes];
            let mut above = &zeros[..];
            for &y in &pass.rows {
                let (row, tail) = plain.split_at_mut(1 + bytes);
                let (filter, row) = (row[0], &mut row[1..]);
                unfilter(filter, row, above, self.pixel_bits().div_ceil(8)).ok_or((y, filter))?;
                is_clean &= row
                    .last()
                    .is_none_or(|last| last & ((1u8 << padding) - 1) == 0);
                self.place(row, pass, y, &mut samples);
                (above, plain) = (row, tail);
            }
        }
        Ok((samples, is_clean))
    }

    /// Puts the samples of a row where they belong.
    fn place(&self, row: &[u8], pass: &Pass, y: usize, samples: &mut [u8]) {
        let bytes = self.format.pixel_bytes();
        let line = &mut samples[y * self.width * bytes..][..self.width * bytes];
        if self.format.depth < BitDepth::Eight {
            let unpacked = unpack_row(row, self.format.depth);
            for (&x, sample) in pass.columns.iter().zip(unpacked) {
                line[x] = sample;
            }
        } else if pass.columns.len() == self.width {
            line.copy_from_slice(row);
        } else {
            for (&x, pixel) in pass.columns.iter().zip(row.chunks_exact(bytes)) {
                line[x * bytes..][..bytes].copy_from_slice(pixel);
            }
        }
    }

    fn pixel_bits(&self) -> usize {
        self.format.color.channels() * usize::from(self.format.depth.bits())
    }

    fn row_bytes(&self, pass: &Pass) -> usize {
        (pass.columns.len() * self.pixel_bits()).div_ceil(8)
    }

    fn row(&self, image: &Image, pass: &Pass, y: usize) -> Vec<u8> {
        let bytes = self.format.pixel_bytes();
        let start = y * image.width() as usize;
        if pass.columns.len() == self.width {
            let samples = &image.samples()[start * bytes..][..self.width * bytes];
            return pack_row(samples.iter().copied(), self.format.depth);
        }
        let pixel = |&x: &usize| &image.samples()[(start + x) * bytes..][..bytes];
        let samples = pass.columns.iter().flat_map(pixel).copied();
        pack_row(samples, self.format.depth)
    }
}

/// The sum of the magnitudes of some bytes as signed numbers.
fn sizes(bytes: &[u8]) -> u64 {
    let sizes = bytes.iter().map(|byte| byte.cast_signed().unsigned_abs());
    sizes.map(u32::from).sum::<u32>().into()
}

/// PNG's filters: none, sub, up, average, Paeth. Each has a loop of its own, which the compiler turns into vector
/// instructions.
fn filter_row(
    filter: u8,
    row: &[u8],
    above: &[u8],
    distance: usize,
    out: &mut Vec<u8>,
) -> Option<()> {
    match filter {
        0 => out.extend_from_slice(row),
        1 => subtract(row, above, distance, out, |west, _, _| west),
        2 => subtract(row, above, distance, out, |_, north, _| north),
        3 => subtract(row, above, distance, out, |west, north, _| {
            mean(west, north)
        }),
        4 => subtract(row, above, distance, out, paeth),
        _ => return None,
    }
    Some(())
}

/// Subtracts what a filter predicts from the bytes to the west, north and north-west, which are 0 for the first
/// `distance` bytes.
fn subtract(
    row: &[u8],
    above: &[u8],
    distance: usize,
    out: &mut Vec<u8>,
    predict: impl Fn(u8, u8, u8) -> u8,
) {
    let first = distance.min(row.len());
    let edge = row[..first].iter().zip(above);
    out.extend(edge.map(|(&x, &north)| x.wrapping_sub(predict(0, north, 0))));
    let neighbors = row.iter().zip(&above[first..]).zip(above);
    let rest = row[first..].iter().zip(neighbors);
    out.extend(rest.map(|(&x, ((&west, &north), &north_west))| {
        x.wrapping_sub(predict(west, north, north_west))
    }));
}

fn mean(west: u8, north: u8) -> u8 {
    ((u16::from(west) + u16::from(north)) / 2) as u8
}

/// Undoes a filter; `None` if PNG does not know it.
fn unfilter(filter: u8, row: &mut [u8], above: &[u8], distance: usize) -> Option<()> {
    match distance {
        1 => unfilter_pixels::<1>(filter, row, above),
        2 => unfilter_pixels::<2>(filter, row, above),
        3 => unfilter_pixels::<3>(filter, row, above),
        4 => unfilter_pixels::<4>(filter, row, above),
        6 => unfilter_pixels::<6>(filter, row, above),
        _ => unfilter_pixels::<8>(filter, row, above),
    }
}

fn unfilter_pixels<const BYTES: usize>(filter: u8, row: &mut [u8], above: &[u8]) -> Option<()> {
    match filter {
        0 => {}
        1 => add::<BYTES>(row, above, |west, _, _| west),
        2 => add::<BYTES>(row, above, |_, north, _| north),
        3 => add::<BYTES>(row, above, |west, north, _| mean(west, north)),
        4 => add::<BYTES>(row, above, paeth),
        _ => return None,
    }
    Some(())
}

/// Adds what a filter predicts from the bytes to the west, north and north-west, `BYTES` apart.
fn add<const BYTES: usize>(row: &mut [u8], above: &[u8], predict: impl Fn(u8, u8, u8) -> u8) {
    let (mut west, mut north_west) = ([0; BYTES], [0; BYTES]);
    let pixels = row.as_chunks_mut::<BYTES>().0.iter_mut();
    for (pixel, north) in pixels.zip(above.as_chunks::<BYTES>().0) {
        for index in 0..BYTES {
            let prediction = predict(west[index], north[index], north_west[index]);
            pixel[index] = pixel[index].wrapping_add(prediction);
        }
        (west, north_west) = (*pixel, *north);
    }
}

fn paeth(west: u8, north: u8, north_west: u8) -> u8 {
    let estimate = i16::from(west) + i16::from(north) - i16::from(north_west);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(west) <= distance(north) && distance(west) <= distance(north_west) {
        west
    } else if distance(north) <= distance(north_west) {
        north
    } else {
        north_west
    }
}
