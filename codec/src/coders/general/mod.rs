//! The general method: palettes, few bits, drawings, screenshots, alpha, and 16 bits (`docs/format.md`, *General
//! method*).
//!
//! In: the tiles of a component. Out: the bytes of one stream of decisions, whose probabilities are mixed from many
//! contexts. One piece of code encodes and decodes, as in the adaptive method.

mod pixel_coding;
mod candidates;
mod row_meter;
mod pixels;
mod stream;

use self::candidates::{LARGE, candidates, excerpt};
use self::pixel_coding::{PixelCoding, StreamLimits};
use self::row_meter::RowMeter;
use self::stream::code;
use crate::coders::failure::Failure;
use crate::coders::pixel_tile::{decode_pixels, encode_pixels};
use crate::error::Error;
use crate::tiles::tile::Tile;
use crate::work_meter::WorkMeter;

/// The fewest and the most slots of a table, as powers of two.
const TABLE_BITS: (u32, u32) = (10, 18);

/// The smallest stream among those worth trying.
///
/// # Errors
/// [`Error::Cancelled`].
pub(crate) fn encode(tiles: &[Tile], meter: &mut WorkMeter<'_>) -> Result<Vec<u8>, Error> {
    encode_planes(tiles, meter, false)
}

/// About how many bytes the tiles would take, judging by a few of their rows.
///
/// # Errors
/// [`Error::Cancelled`].
pub(crate) fn estimate(tiles: &[Tile], meter: &mut WorkMeter<'_>) -> Result<usize, Error> {
    const PIXELS: usize = 1 << 12;
    let excerpt: Vec<Tile> = excerpt(tiles, PIXELS).into_iter().collect();
    let samples = |tiles: &[Tile]| {
        tiles
            .iter()
            .map(|tile| tile.samples.len() as u64)
            .sum::<u64>()
    };
    let bytes = encode_planes(&excerpt, meter, true)?.len() as u64;
    Ok((bytes * samples(tiles) / samples(&excerpt).max(1)) as usize)
}

fn encode_planes(
    tiles: &[Tile],
    meter: &mut WorkMeter<'_>,
    is_trial: bool,
) -> Result<Vec<u8>, Error> {
    let meter = &mut RowMeter { meter, is_trial };
    match tiles.first().map(|tile| tile.planes) {
        Some(2) => smallest::<2>(tiles, meter),
        Some(3) => smallest::<3>(tiles, meter),
        Some(4) => smallest::<4>(tiles, meter),
        _ => smallest::<1>(tiles, meter),
    }
}

fn smallest<const N: usize>(
    tiles: &[Tile],
    meter: &mut RowMeter<'_, '_>,
) -> Result<Vec<u8>, Error> {
    let mut codings = candidates::<N>(tiles);
    let pixels: usize = tiles.iter().map(|tile| tile.width * tile.height).sum();
    if codings.len() > 1 && pixels > LARGE {
        let best = best_of_excerpt(tiles, codings, meter)?;
        codings = best.into_iter().collect();
    }
    let mut best: Option<Vec<u8>> = None;
    for coding in codings {
        let bytes = encode_with(tiles, coding, meter)?;
        if best.as_ref().is_none_or(|best| bytes.len() < best.len()) {
            best = Some(bytes);
        }
    }
    Ok(best.unwrap_or_default())
}

/// The coding that makes the smallest stream of an excerpt.
fn best_of_excerpt<const N: usize>(
    tiles: &[Tile],
    codings: Vec<PixelCoding<N>>,
    meter: &mut RowMeter<'_, '_>,
) -> Result<Option<PixelCoding<N>>, Error> {
    let excerpt: Vec<Tile> = excerpt(tiles, LARGE / 4).into_iter().collect();
    let meter = &mut RowMeter {
        meter: meter.meter,
        is_trial: true,
    };
    let mut tried = Vec::new();
    for coding in codings {
        let bytes = encode_with(&excerpt, coding.clone(), meter)?;
        tried.push((bytes.len(), coding));
    }
    let best = tried.into_iter().min_by_key(|(bytes, _)| *bytes);
    Ok(best.map(|(_, coding)| coding))
}

fn encode_with<const N: usize>(
    tiles: &[Tile],
    coding: PixelCoding<N>,
    meter: &mut RowMeter<'_, '_>,
) -> Result<Vec<u8>, Error> {
    encode_pixels(tiles, |coder, pixels| {
        code::<_, N, Error>(coder, pixels, limits(tiles), coding, meter)
    })
}

/// Fills the first `rows` rows of each tile from a stream. After the last tile that is filled completely, tiles may be
/// filled in part or not at all.
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
    let meter = &mut RowMeter {
        meter,
        is_trial: false,
    };
    let limits = limits(tiles);
    decode_pixels(tiles, rows, bytes, |coder, pixels| {
        code::<_, N, Failure>(coder, pixels, limits, PixelCoding::UNKNOWN, meter)
    })
}

/// Bytes of working memory, at most, beside the tiles, for `pixels` of `planes` samples in tiles of `columns`.
pub(crate) fn memory(pixels: u64, planes: u64, columns: u64) -> u64 {
    /// Of whole pixels and of residuals.
    const CONTEXTS: u64 = 7 + 8;
    let slot = size_of::<u32>() as u64 * CONTEXTS + 16;
    let samples = pixels.saturating_mul(planes).saturating_mul(4);
    let rows = columns.saturating_mul(pixels::column_bytes(planes));
    samples
        .saturating_add(rows)
        .saturating_add(slot << table_bits(pixels))
        .saturating_add(pixels::span_bytes(table_bits(pixels)))
        .saturating_add(1 << 18)
}

fn limits(tiles: &[Tile]) -> StreamLimits {
    let pixels = tiles.iter().map(|tile| (tile.width * tile.height) as u64);
    StreamLimits {
        largest: tiles.first().map_or(0, |tile| tile.depth.largest()),
        table_bits: table_bits(pixels.sum()),
    }
}

fn table_bits(pixels: u64) -> u32 {
    let bits = u64::BITS - pixels.leading_zeros();
    (bits + 1).clamp(TABLE_BITS.0, TABLE_BITS.1)
}
