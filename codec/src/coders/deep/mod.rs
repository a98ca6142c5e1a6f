//! The coding method *deep*: 16-bit samples (`docs/format.md`, *Deep method*).
//!
//! In: the tiles of a component. Out: one stream of decisions. Linear predictors, which learn as they go, give each
//! sample a distribution. Three decisions divide it, with probabilities mixed from the predictors and from counters by
//! context; the values that are left are divided at round numbers, with probabilities mixed from other contexts. One
//! piece of code encodes and decodes.

mod dimensions;
mod arithmetic;
mod history;
mod linear;
mod contexts;
mod decisions;
mod rest;
mod sample;
mod stream;

use self::dimensions::REST_BITS;
use self::stream::code;
use crate::coders::failure::Failure;
use crate::coders::pixel_tile::{decode_pixels, encode_pixels};
use crate::error::Error;
use crate::tiles::tile::Tile;
use crate::work_meter::WorkMeter;

/// The stream of the tiles.
///
/// # Errors
/// [`Error::Cancelled`].
pub(crate) fn encode(tiles: &[Tile], meter: &mut WorkMeter<'_>) -> Result<Vec<u8>, Error> {
    match tiles.first().map(|tile| tile.planes) {
        Some(3) => encode_planes::<3>(tiles, meter),
        _ => encode_planes::<1>(tiles, meter),
    }
}

fn encode_planes<const N: usize>(
    tiles: &[Tile],
    meter: &mut WorkMeter<'_>,
) -> Result<Vec<u8>, Error> {
    encode_pixels(tiles, |coder, pixels| {
        code::<_, N, Error>(coder, pixels, table_bits(tiles), meter)
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
        Some(3) => decode_planes::<3>(tiles, rows, bytes, meter),
        _ => decode_planes::<1>(tiles, rows, bytes, meter),
    }
}

fn decode_planes<const N: usize>(
    tiles: &mut [Tile],
    rows: &[usize],
    bytes: &[u8],
    meter: &mut WorkMeter<'_>,
) -> Result<(), Failure> {
    let table_bits = table_bits(tiles);
    decode_pixels(tiles, rows, bytes, |coder, pixels| {
        code::<_, N, Failure>(coder, pixels, table_bits, meter)
    })
}

/// Bytes of working memory, at most, beside the tiles, for `pixels` of `planes` samples in tiles of `columns`.
pub(crate) fn memory(pixels: u64, planes: u64, columns: u64) -> u64 {
    let samples = pixels.saturating_mul(planes).saturating_mul(2);
    let rows = planes.saturating_mul(stream::plane_memory(columns));
    samples
        .saturating_add(rows)
        .saturating_add(decisions::memory(planes))
        .saturating_add(rest::memory(table_bits_of(pixels)))
        .saturating_add(1 << 16)
}

/// Binary logarithm of the number of slots in a table.
fn table_bits(tiles: &[Tile]) -> u32 {
    let pixels = tiles.iter().map(|tile| (tile.width * tile.height) as u64);
    table_bits_of(pixels.sum())
}

fn table_bits_of(pixels: u64) -> u32 {
    let bits = u64::BITS - pixels.leading_zeros();
    bits.clamp(REST_BITS.0, REST_BITS.1)
}
