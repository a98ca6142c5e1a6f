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
use crate::coders::failure::Failure;
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::range_coder::{IntervalDecoder, IntervalEncoder};
use crate::error::Error;
use crate::image::sample_format::BitDepth;
use crate::tiles::tile::Tile;
use crate::work_meter::WorkMeter;

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

/// Counts the pixels of each row, and may ask to stop.
pub(crate) struct Steps<'a, 'm> {
    meter: &'a mut WorkMeter<'m>,
    is_trial: bool,
}

impl Steps<'_, '_> {
    fn row(&mut self, pixels: usize) -> Result<(), Error> {
        match self.is_trial {
            true => self.meter.trial(pixels),
            false => self.meter.pixels(pixels),
        }
    }
}

/// How a component is coded. A decoder begins with any plan and reads the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan<const N: usize> {
    pub(crate) names: Names<N>,
    /// Whether numbers are coded as indices, not as residuals.
    pub(crate) indexed: bool,
}

/// The smallest stream among those worth trying.
///
/// # Errors
/// [`Error::Cancelled`].
pub(crate) fn encode(tiles: &[Tile], meter: &mut WorkMeter<'_>) -> Result<Vec<u8>, Error> {
    encode_planes(tiles, meter, false)
}

fn encode_planes(
    tiles: &[Tile],
    meter: &mut WorkMeter<'_>,
    is_trial: bool,
) -> Result<Vec<u8>, Error> {
    match tiles.first().map(|tile| tile.planes) {
        Some(2) => smallest::<2>(tiles, meter, is_trial),
        Some(3) => smallest::<3>(tiles, meter, is_trial),
        Some(4) => smallest::<4>(tiles, meter, is_trial),
        _ => smallest::<1>(tiles, meter, is_trial),
    }
}

fn smallest<const N: usize>(
    tiles: &[Tile],
    meter: &mut WorkMeter<'_>,
    is_trial: bool,
) -> Result<Vec<u8>, Error> {
    let mut plans = plans::plans::<N>(tiles);
    let pixels: usize = tiles.iter().map(|tile| tile.width * tile.height).sum();
    if plans.len() > 1 && pixels > plans::LARGE {
        let excerpt: Vec<Tile> = plans::excerpt(tiles, plans::LARGE / 4)
            .into_iter()
            .collect();
        let mut tried = Vec::new();
        for plan in plans {
            let bytes = stream(&excerpt, plan.clone(), meter, true)?;
            tried.push((bytes.len(), plan));
        }
        let best = tried.into_iter().min_by_key(|(bytes, _)| *bytes);
        plans = best.into_iter().map(|(_, plan)| plan).collect();
    }
    let mut best: Option<Vec<u8>> = None;
    for plan in plans {
        let bytes = stream(tiles, plan, meter, is_trial)?;
        if best.as_ref().is_none_or(|best| bytes.len() < best.len()) {
            best = Some(bytes);
        }
    }
    Ok(best.unwrap_or_default())
}

fn stream<const N: usize>(
    tiles: &[Tile],
    plan: Plan<N>,
    meter: &mut WorkMeter<'_>,
    is_trial: bool,
) -> Result<Vec<u8>, Error> {
    let mut coder = IntervalEncoder::new();
    let mut pictures: Vec<Vec<[u16; N]>> = tiles.iter().map(pixels).collect();
    let steps = &mut Steps { meter, is_trial };
    code::<_, N, Error>(&mut coder, tiles, &mut pictures, plan, steps)?;
    Ok(coder.finish())
}

/// About how many bytes the tiles would take, from a few of their rows.
///
/// # Errors
/// [`Error::Cancelled`].
pub(crate) fn estimate(tiles: &[Tile], meter: &mut WorkMeter<'_>) -> Result<usize, Error> {
    const PIXELS: usize = 1 << 12;
    let excerpt: Vec<Tile> = plans::excerpt(tiles, PIXELS).into_iter().collect();
    let samples = |tiles: &[Tile]| {
        tiles
            .iter()
            .map(|tile| tile.samples.len() as u64)
            .sum::<u64>()
    };
    let bytes = encode_planes(&excerpt, meter, true)?.len() as u64;
    Ok((bytes * samples(tiles) / samples(&excerpt).max(1)) as usize)
}

/// Fills the first `rows` rows of each tile from a stream. Only behind the last tile that is filled as a whole may tiles be filled
/// in part, or not at all.
pub(crate) fn decode(
    tiles: &mut [Tile],
    rows: &[usize],
    bytes: &[u8],
    meter: &mut WorkMeter<'_>,
) -> Result<(), Failure> {
    match tiles.first().map(|tile| tile.planes) {
        Some(2) => decode_planes::<2>(tiles, rows, bytes, meter),
        Some(3) => decode_planes::<3>(tiles, rows, bytes, meter),
        Some(4) => decode_planes::<4>(tiles, rows, bytes, meter),
        _ => decode_planes::<1>(tiles, rows, bytes, meter),
    }
}

fn decode_planes<const N: usize>(
    tiles: &mut [Tile],
    rows: &[usize],
    bytes: &[u8],
    meter: &mut WorkMeter<'_>,
) -> Result<(), Failure> {
    let mut coder = IntervalDecoder::new(bytes);
    let blank = |(tile, rows): (&Tile, &usize)| vec![[0; N]; tile.width * rows];
    let mut pictures: Vec<Vec<[u16; N]>> = tiles.iter().zip(rows).map(blank).collect();
    let steps = &mut Steps {
        meter,
        is_trial: false,
    };
    let plan = Plan {
        names: Names::Samples,
        indexed: false,
    };
    code::<_, N, Failure>(&mut coder, tiles, &mut pictures, plan, steps)?;
    for (tile, picture) in tiles.iter_mut().zip(pictures) {
        let samples = picture.iter().flatten();
        if tile.depth == BitDepth::Sixteen {
            let places = tile.samples.as_chunks_mut().0.iter_mut();
            places
                .zip(samples)
                .for_each(|(place, sample)| *place = sample.to_be_bytes());
        } else {
            let places = tile.samples.iter_mut();
            places
                .zip(samples)
                .for_each(|(place, &sample)| *place = sample as u8);
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

/// What the tiles of a component have in common.
struct Shape {
    widths: Vec<usize>,
    /// Of the tables.
    bits: u32,
}

impl Shape {
    fn of(tiles: &[Tile]) -> Shape {
        let pixels = tiles.iter().map(|tile| (tile.width * tile.height) as u64);
        Shape {
            widths: tiles.iter().map(|tile| tile.width).collect(),
            bits: table_bits(pixels.sum()),
        }
    }
}

/// Codes a component, or its first rows: an encoder finds the pixels in `pictures`, a decoder leaves them there.
fn code<C: BitCoder, const N: usize, E: From<C::Error> + From<Error>>(
    coder: &mut C,
    tiles: &[Tile],
    pictures: &mut [Vec<[u16; N]>],
    plan: Plan<N>,
    steps: &mut Steps<'_, '_>,
) -> Result<(), E> {
    let largest = tiles.first().map_or(0, |tile| tile.depth.largest());
    let shape = Shape::of(tiles);
    let indexed = coder.decide(plan.indexed, EVEN)?;
    let listed = coder.decide(plan.names != Names::Samples, EVEN)?;
    if !listed {
        return numbers(coder, &shape, pictures, largest, indexed, steps);
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
        numbers::<_, N, E>(
            coder,
            &shape,
            pictures,
            (values.len() - 1) as u16,
            indexed,
            steps,
        )?;
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
    numbers::<_, 1, E>(coder, &shape, &mut places, last, indexed, steps)?;
    for (picture, places) in pictures.iter_mut().zip(places) {
        for (pixel, [place]) in picture.iter_mut().zip(places) {
            *pixel = colors[usize::from(place)];
        }
    }
    Ok(())
}

/// Codes numbers in `0..=largest`.
fn numbers<C: BitCoder, const N: usize, E: From<C::Error> + From<Error>>(
    coder: &mut C,
    shape: &Shape,
    pictures: &mut [Vec<[u16; N]>],
    largest: u16,
    indexed: bool,
    steps: &mut Steps<'_, '_>,
) -> Result<(), E> {
    let bits = shape.bits;
    if largest == 0 {
        pictures.iter_mut().for_each(|picture| picture.fill([0; N]));
        return Ok(());
    }
    if !indexed {
        let residuals = Residuals::new(bits, largest);
        return code_pictures(coder, shape, pictures, residuals, steps);
    }
    coder.require(N == 1 && largest < MOST_INDICES)?;
    if largest > 1 {
        let indices = Indices::new(bits, largest);
        return code_pictures(coder, shape, pictures, indices, steps);
    }
    let mut bilevel = Bilevel::new(bits);
    for (picture, &width) in pictures.iter_mut().zip(&shape.widths) {
        bilevel.code_tile::<_, E>(coder, width, picture.as_flattened_mut(), steps)?;
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
    ) -> Result<[u16; N], C::Error>;
}

fn code_pictures<C: BitCoder, const N: usize, E: From<C::Error> + From<Error>>(
    coder: &mut C,
    shape: &Shape,
    pictures: &mut [Vec<[u16; N]>],
    mut escape: impl Escape<N>,
    steps: &mut Steps<'_, '_>,
) -> Result<(), E> {
    let mut repeats = Repeats::new(shape.bits);
    let mut whole = WholePixels::new(shape.bits);
    for (picture, &width) in pictures.iter_mut().zip(&shape.widths) {
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
            if x + 1 == width {
                steps.row(width)?;
            }
        }
        *picture = canvas.pixels;
    }
    Ok(())
}
