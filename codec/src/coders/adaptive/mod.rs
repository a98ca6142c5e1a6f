//! The coding method *adaptive*, which needs no model: alpha, and images with few colours (`docs/format.md`, *Adaptive
//! method*).
//!
//! In: the tiles of a component. Out: one stream of decisions, coded with adaptive probabilities. One piece of code
//! encodes and decodes: a [`BitCoder`](crate::entropy::bit_coder::BitCoder) answers each decision, and only the answer
//! counts.

mod guesses;
mod residuals;
mod color_list;
mod pixels;

use std::collections::HashSet;

use self::color_list::MAX_COLORS;
use self::pixels::AdaptiveCoder;
use crate::coders::failure::Failure;
use crate::entropy::range_coder::{IntervalDecoder, IntervalEncoder};
use crate::error::Error;
use crate::tiles::tile::Tile;
use crate::work_meter::WorkMeter;

/// The smaller stream of the tiles: without a list of colours, or with one if there are few.
///
/// # Errors
/// [`Error::Cancelled`].
pub(crate) fn encode(tiles: &mut [Tile], meter: &mut WorkMeter<'_>) -> Result<Vec<u8>, Error> {
    match tiles.first().map(|tile| tile.planes) {
        Some(3) => smallest::<3>(tiles, meter),
        _ => smallest::<1>(tiles, meter),
    }
}

fn smallest<const N: usize>(
    tiles: &mut [Tile],
    meter: &mut WorkMeter<'_>,
) -> Result<Vec<u8>, Error> {
    let plain = encode_with::<N>(tiles, false, meter)?;
    if !has_few_colors::<N>(tiles) {
        return Ok(plain);
    }
    let by_list = encode_with::<N>(tiles, true, meter)?;
    Ok(match by_list.len() < plain.len() {
        true => by_list,
        false => plain,
    })
}

fn encode_with<const N: usize>(
    tiles: &mut [Tile],
    has_color_list: bool,
    meter: &mut WorkMeter<'_>,
) -> Result<Vec<u8>, Error> {
    let mut coder = IntervalEncoder::new();
    let Ok(mut learned) = AdaptiveCoder::<N>::start(&mut coder, has_color_list);
    for tile in tiles {
        let (pixels, _) = tile.samples.as_chunks_mut();
        learned.code_tile(&mut coder, tile.width, pixels, || meter.trial(tile.width))?;
    }
    Ok(coder.finish())
}

fn has_few_colors<const N: usize>(tiles: &[Tile]) -> bool {
    let mut colors = HashSet::new();
    let mut last = None;
    let mut pixels = tiles
        .iter()
        .flat_map(|tile| tile.samples.as_chunks::<N>().0);
    pixels.all(|pixel| {
        last.replace(pixel) == Some(pixel) || !colors.insert(pixel) || colors.len() <= MAX_COLORS
    })
}

/// Fills the tiles from a stream.
pub(crate) fn decode(
    tiles: &mut [Tile],
    bytes: &[u8],
    meter: &mut WorkMeter<'_>,
) -> Result<(), Failure> {
    match tiles.first().map(|tile| tile.planes) {
        Some(3) => decode_planes::<3>(tiles, bytes, meter),
        _ => decode_planes::<1>(tiles, bytes, meter),
    }
}

fn decode_planes<const N: usize>(
    tiles: &mut [Tile],
    bytes: &[u8],
    meter: &mut WorkMeter<'_>,
) -> Result<(), Failure> {
    let mut coder = IntervalDecoder::new(bytes);
    let mut learned = AdaptiveCoder::<N>::start(&mut coder, false)?;
    for tile in tiles {
        let (pixels, _) = tile.samples.as_chunks_mut();
        let width = tile.width;
        learned.code_tile(&mut coder, width, pixels, || {
            meter.pixels(width).map_err(Failure::Error)
        })?;
    }
    Ok(())
}
