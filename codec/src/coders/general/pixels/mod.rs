//! The pixels of a component whose samples are numbers (`docs/format.md`, *General coder*, from *Whole pixels* on).
//!
//! In: numbers in `0..=largest`, as quantities or as indices. Out: the numbers. First come decisions whether a pixel equals a
//! candidate; the others are coded as residuals or as indices.

mod match_model;
mod escape;
mod whole_pixels;
mod plane_predictor;
mod residual_contexts;
mod residuals;
mod indices;
mod bilevel;

use self::bilevel::Bilevel;
use self::escape::{Escape, PixelContext};
use self::indices::Indices;
use self::match_model::MatchModel;
use self::plane_predictor::PlanePredictor;
use self::residual_contexts::NearbyErrors;
use self::residuals::Residuals;
use self::whole_pixels::WholePixels;
use crate::coders::general::pixel_tile::PixelTile;
use crate::coders::general::plan::{MAX_INDICES, NumberFormat};
use crate::coders::general::row_meter::RowMeter;
use crate::coders::tile_neighbors::TileNeighbors;
use crate::entropy::bit_coder::BitCoder;
use crate::error::Error;

/// Bytes, at most, that are kept for each column of a tile of `planes`.
pub(crate) fn column_bytes(planes: u64) -> u64 {
    let residuals = PlanePredictor::COLUMN_BYTES + NearbyErrors::COLUMN_BYTES;
    let numbers = WholePixels::COLUMN_BYTES + planes * residuals;
    numbers.max(Bilevel::COLUMN_BYTES)
}

/// Codes numbers in `0..=largest`.
pub(crate) fn code_numbers<C: BitCoder, const N: usize, E: From<C::Error> + From<Error>>(
    coder: &mut C,
    tiles: &mut [PixelTile<N>],
    format: NumberFormat,
    meter: &mut RowMeter<'_, '_>,
) -> Result<(), E> {
    let NumberFormat {
        largest,
        indexed,
        table_bits,
    } = format;
    if largest == 0 {
        tiles.iter_mut().for_each(|tile| tile.pixels.fill([0; N]));
        return Ok(());
    }
    if !indexed {
        let residuals = Residuals::new(table_bits, largest);
        return code_tiles(coder, tiles, table_bits, residuals, meter);
    }
    coder.require(N == 1 && largest < MAX_INDICES)?;
    if largest > 1 {
        let indices = Indices::new(table_bits, largest);
        return code_tiles(coder, tiles, table_bits, indices, meter);
    }
    let mut bilevel = Bilevel::new(table_bits);
    for tile in tiles {
        bilevel.code_tile::<_, N, E>(coder, tile, meter)?;
    }
    Ok(())
}

fn code_tiles<C: BitCoder, const N: usize, E: From<C::Error> + From<Error>>(
    coder: &mut C,
    tiles: &mut [PixelTile<N>],
    table_bits: u32,
    mut escape: impl Escape<N>,
    meter: &mut RowMeter<'_, '_>,
) -> Result<(), E> {
    let mut match_model = MatchModel::new(table_bits);
    let mut whole_pixels = WholePixels::new(table_bits);
    for tile in tiles {
        let (width, pixels) = (tile.width, &mut tile.pixels);
        match_model.start_tile();
        whole_pixels.start_tile(width);
        escape.start_tile(width);
        for at in 0..pixels.len() {
            let around = TileNeighbors::new(pixels, width, at);
            let context = PixelContext {
                x: at % width,
                around,
                predicted: match_model.predict(pixels, &around),
            };
            let pixel = match whole_pixels.code(coder, &context, pixels[at])? {
                Some(pixel) => {
                    escape.skip(context.x);
                    pixel
                }
                None => escape.code(coder, &context, pixels[at])?,
            };
            pixels[at] = pixel;
            match_model.learn(&context.predicted, at, pixel);
            if context.x + 1 == width {
                meter.row(width)?;
            }
        }
    }
    Ok(())
}
