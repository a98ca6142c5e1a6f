//! The general coder: palettes, few bits, drawings, screenshots, alpha, and 16 bits.
//!
//! In: the tiles of a component and a [`BitCoder`]. Out: binary decisions whose chances are mixed from many contexts
//! (`docs/format.md`, *General coder*). One piece of code encodes and decodes, as in the adaptive coder.

mod opinions;
mod around_tile;
mod repeats;
mod whole_pixels;
mod blend;
mod residuals;
mod indices;
mod bilevel;
mod listing;
mod plans;

use std::collections::HashMap;

use self::around_tile::{Canvas, Near};
use self::bilevel::Bilevel;
use self::indices::Indices;
use self::listing::{code_colors, code_values};
use self::repeats::{Expected, Repeats};
use self::residuals::Residuals;
use self::whole_pixels::WholePixels;
use crate::adaptive::BitCoder;
use crate::component::Tile;
use crate::range_coder::{IntervalDecoder, IntervalEncoder, InvalidStream};
use crate::sample_format::BitDepth;

/// Most values that are coded as indices.
const MOST_INDICES: u16 = 256;
/// An even chance of 2^24.
const EVEN: u32 = 1 << 23;
/// Tables have at least and at most `2^` so many slots.
const TABLE_BITS: (u32, u32) = (10, 18);

/// What stands for a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Names<const N: usize> {
    /// Its samples.
    Samples,
    /// The places of its samples in a rising list.
    Values(Vec<u16>),
    /// Its place in a list of colours.
    Colors(Vec<[u16; N]>),
}

/// How a component is coded. A decoder begins with any plan and reads the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan<const N: usize> {
    pub(crate) names: Names<N>,
    /// Whether numbers are coded as indices, not as residuals.
    pub(crate) indexed: bool,
}

/// The smallest stream among those worth trying.
pub(crate) fn encode(tiles: &[Tile]) -> Vec<u8> {
    match tiles.first().map(|tile| tile.planes) {
        Some(2) => smallest::<2>(tiles),
        Some(3) => smallest::<3>(tiles),
        Some(4) => smallest::<4>(tiles),
        _ => smallest::<1>(tiles),
    }
}

fn smallest<const N: usize>(tiles: &[Tile]) -> Vec<u8> {
    let mut plans = plans::plans::<N>(tiles);
    let pixels: usize = tiles.iter().map(|tile| tile.width * tile.height).sum();
    if plans.len() > 1 && pixels > plans::LARGE {
        let excerpt: Vec<Tile> = plans::excerpt(tiles, plans::LARGE / 4)
            .into_iter()
            .collect();
        let best = plans
            .into_iter()
            .min_by_key(|plan| stream(&excerpt, plan.clone()).len());
        plans = best.into_iter().collect();
    }
    let streams = plans.into_iter().map(|plan| stream(tiles, plan));
    streams.min_by_key(Vec::len).unwrap_or_default()
}

fn stream<const N: usize>(tiles: &[Tile], plan: Plan<N>) -> Vec<u8> {
    let mut coder = IntervalEncoder::new();
    let mut pictures: Vec<Vec<[u16; N]>> = tiles.iter().map(pixels).collect();
    code(&mut coder, tiles, &mut pictures, plan).expect("an encoder takes every decision");
    coder.finish()
}

/// About how many bytes the tiles would take, from a few of their rows.
pub(crate) fn estimate(tiles: &[Tile]) -> usize {
    const PIXELS: usize = 1 << 12;
    let excerpt: Vec<Tile> = plans::excerpt(tiles, PIXELS).into_iter().collect();
    let samples = |tiles: &[Tile]| {
        tiles
            .iter()
            .map(|tile| tile.samples.len() as u64)
            .sum::<u64>()
    };
    let bytes = encode(&excerpt).len() as u64;
    (bytes * samples(tiles) / samples(&excerpt).max(1)) as usize
}

/// Fills the tiles from a stream.
pub(crate) fn decode(tiles: &mut [Tile], bytes: &[u8]) -> Result<(), InvalidStream> {
    match tiles.first().map(|tile| tile.planes) {
        Some(2) => decode_planes::<2>(tiles, bytes),
        Some(3) => decode_planes::<3>(tiles, bytes),
        Some(4) => decode_planes::<4>(tiles, bytes),
        _ => decode_planes::<1>(tiles, bytes),
    }
}

fn decode_planes<const N: usize>(tiles: &mut [Tile], bytes: &[u8]) -> Result<(), InvalidStream> {
    let mut coder = IntervalDecoder::new(bytes);
    let blank = |tile: &Tile| vec![[0; N]; tile.width * tile.height];
    let mut pictures: Vec<Vec<[u16; N]>> = tiles.iter().map(blank).collect();
    let plan = Plan {
        names: Names::Samples,
        indexed: false,
    };
    code(&mut coder, tiles, &mut pictures, plan)?;
    for (tile, picture) in tiles.iter_mut().zip(pictures) {
        let samples = picture.iter().flatten();
        match tile.depth {
            BitDepth::Sixteen => tile.samples = samples.flat_map(|s| s.to_be_bytes()).collect(),
            _ => tile.samples = samples.map(|&sample| sample as u8).collect(),
        }
    }
    Ok(())
}

/// Bytes of working memory, at most, beside the tiles, for so many pixels of so many planes.
pub(crate) fn memory(pixels: u64, planes: u64) -> u64 {
    const OPINIONS: u64 = 7 + 8;
    let table = size_of::<u32>() as u64 * OPINIONS + 16;
    (table << table_bits(pixels)) + pixels.saturating_mul(planes).saturating_mul(4) + (1 << 18)
}

/// Binary logarithm of the number of slots in a table.
fn table_bits(pixels: u64) -> u32 {
    let bits = u64::BITS - pixels.leading_zeros();
    (bits + 1).clamp(TABLE_BITS.0, TABLE_BITS.1)
}

fn pixels<const N: usize>(tile: &Tile) -> Vec<[u16; N]> {
    let numbers: Vec<u16> = match tile.depth {
        BitDepth::Sixteen => {
            let pairs = tile.samples.as_chunks::<2>().0;
            pairs.iter().map(|&pair| u16::from_be_bytes(pair)).collect()
        }
        _ => tile.samples.iter().copied().map(u16::from).collect(),
    };
    numbers.as_chunks::<N>().0.to_vec()
}

/// Codes a component: an encoder finds the pixels in `pictures`, a decoder leaves them there.
fn code<C: BitCoder, const N: usize>(
    coder: &mut C,
    tiles: &[Tile],
    pictures: &mut [Vec<[u16; N]>],
    plan: Plan<N>,
) -> Result<(), InvalidStream> {
    let largest = tiles.first().map_or(0, |tile| tile.depth.largest());
    let widths: Vec<usize> = tiles.iter().map(|tile| tile.width).collect();
    let indexed = coder.decide(plan.indexed, EVEN)?;
    let listed = coder.decide(plan.names != Names::Samples, EVEN)?;
    if !listed {
        return numbers(coder, &widths, pictures, largest, indexed);
    }
    let (values, colors) = match plan.names {
        Names::Samples => (Vec::new(), Vec::new()),
        Names::Values(values) => (values, Vec::new()),
        Names::Colors(colors) => (Vec::new(), colors),
    };
    if N == 1 || !coder.decide(!colors.is_empty(), EVEN)? {
        let values = code_values(coder, &values, largest)?;
        for sample in pictures.iter_mut().flatten().flatten() {
            *sample = values.binary_search(sample).unwrap_or(0) as u16;
        }
        numbers(coder, &widths, pictures, (values.len() - 1) as u16, indexed)?;
        for sample in pictures.iter_mut().flatten().flatten() {
            *sample = values[usize::from(*sample)];
        }
        return Ok(());
    }
    let colors = code_colors(coder, &colors, largest)?;
    let known: HashMap<&[u16; N], u16> = colors.iter().zip(0..).collect();
    let place = |pixel: &[u16; N]| known.get(pixel).copied().unwrap_or(0);
    let mut places: Vec<Vec<[u16; 1]>> = pictures
        .iter()
        .map(|picture| picture.iter().map(|pixel| [place(pixel)]).collect())
        .collect();
    let last = (colors.len() - 1) as u16;
    numbers(coder, &widths, &mut places, last, indexed)?;
    for (picture, places) in pictures.iter_mut().zip(places) {
        for (pixel, [place]) in picture.iter_mut().zip(places) {
            *pixel = colors[usize::from(place)];
        }
    }
    Ok(())
}

/// Codes numbers in `0..=largest`.
fn numbers<C: BitCoder, const N: usize>(
    coder: &mut C,
    widths: &[usize],
    pictures: &mut [Vec<[u16; N]>],
    largest: u16,
    indexed: bool,
) -> Result<(), InvalidStream> {
    let bits = table_bits(pictures.iter().map(|picture| picture.len() as u64).sum());
    if largest == 0 {
        pictures.iter_mut().for_each(|picture| picture.fill([0; N]));
        return Ok(());
    }
    if !indexed {
        let residuals = Residuals::new(bits, largest);
        return code_pictures(coder, widths, pictures, bits, residuals);
    }
    if N != 1 || largest >= MOST_INDICES {
        return Err(InvalidStream);
    }
    if largest > 1 {
        let indices = Indices::new(bits, largest);
        return code_pictures(coder, widths, pictures, bits, indices);
    }
    let mut bilevel = Bilevel::new(bits);
    for (picture, &width) in pictures.iter_mut().zip(widths) {
        bilevel.code_tile(coder, width, picture.as_flattened_mut())?;
    }
    Ok(())
}

/// What codes the pixels that are none of the candidates.
trait Escape<const N: usize> {
    fn start_tile(&mut self, width: usize);

    /// The pixel of column `x` was a candidate.
    fn skip(&mut self, x: usize);

    fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        near: &Near<N>,
        expected: &Expected<N>,
        x: usize,
        pixel: [u16; N],
    ) -> Result<[u16; N], InvalidStream>;
}

fn code_pictures<C: BitCoder, const N: usize>(
    coder: &mut C,
    widths: &[usize],
    pictures: &mut [Vec<[u16; N]>],
    bits: u32,
    mut escape: impl Escape<N>,
) -> Result<(), InvalidStream> {
    let mut repeats = Repeats::new(bits);
    let mut whole = WholePixels::new(bits);
    for (picture, &width) in pictures.iter_mut().zip(widths) {
        let mut canvas = Canvas {
            width,
            pixels: std::mem::take(picture),
        };
        repeats.start_tile();
        whole.start_tile(width);
        escape.start_tile(width);
        for at in 0..canvas.pixels.len() {
            let (x, near, pixel) = (at % width, canvas.near(at), canvas.pixels[at]);
            let expected = repeats.expect(&canvas, &near);
            let pixel = match whole.code(coder, &near, &expected, x, pixel)? {
                Some(pixel) => {
                    escape.skip(x);
                    pixel
                }
                None => escape.code(coder, &near, &expected, x, pixel)?,
            };
            canvas.pixels[at] = pixel;
            repeats.note(&expected, at, pixel);
        }
        *picture = canvas.pixels;
    }
    Ok(())
}
