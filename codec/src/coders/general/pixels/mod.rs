//! The pixels of a component whose samples are numbers (`docs/format.md`, *General method*, from *Whole pixels* on).
//!
//! In: numbers in `0..=largest`, as quantities or as indices. Out: the numbers. First come decisions whether a pixel
//! equals a candidate; the others are coded as residuals or as indices.

mod match_model;
mod spans;
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
use self::spans::{SPAN, Spans};
use self::whole_pixels::WholePixels;
use crate::coders::general::pixel_coding::{MAX_INDICES, NumberFormat};
use crate::coders::general::row_meter::RowMeter;
use crate::coders::pixel_tile::PixelTile;
use crate::coders::tile_neighbors::TileNeighbors;
use crate::entropy::bit_coder::BitCoder;
use crate::error::Error;

/// Bytes, at most, that are kept for each column of a tile of `planes`.
pub(crate) fn column_bytes(planes: u64) -> u64 {
    let residuals = PlanePredictor::COLUMN_BYTES + NearbyErrors::COLUMN_BYTES;
    let numbers = WholePixels::COLUMN_BYTES + planes * residuals;
    numbers.max(Bilevel::COLUMN_BYTES)
}

/// Bytes of the tables of spans, with tables of `2^bits` slots for pixels.
pub(crate) fn span_bytes(bits: u32) -> u64 {
    Spans::bytes(bits)
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
    escape: impl Escape<N>,
    meter: &mut RowMeter<'_, '_>,
) -> Result<(), E> {
    let mut pixel_coder = PixelCoder {
        match_model: MatchModel::new(table_bits),
        spans: Spans::new(table_bits),
        whole_pixels: WholePixels::new(table_bits),
        escape,
    };
    for tile in tiles {
        pixel_coder.start_tile(tile.width);
        let mut at = 0;
        while at < tile.pixels.len() {
            at = pixel_coder.code_next(coder, tile, at)?;
            if at % tile.width == 0 {
                meter.row(tile.width)?;
            }
        }
    }
    Ok(())
}

/// Everything about pixels that a component learns.
struct PixelCoder<E, const N: usize> {
    match_model: MatchModel<N>,
    spans: Spans,
    whole_pixels: WholePixels,
    escape: E,
}

impl<E: Escape<N>, const N: usize> PixelCoder<E, N> {
    fn start_tile(&mut self, width: usize) {
        self.match_model.start_tile();
        self.spans.start_tile();
        self.whole_pixels.start_tile(width);
        self.escape.start_tile(width);
    }

    /// Codes the pixel at `at`, or a span that begins there. Returns where the next one begins.
    fn code_next<C: BitCoder>(
        &mut self,
        coder: &mut C,
        tile: &mut PixelTile<N>,
        at: usize,
    ) -> Result<usize, C::Error> {
        let x = at % tile.width;
        if let Some(matched) = self.match_model.long_match()
            && self.spans.code(coder, tile, at, matched)?
        {
            self.match_model.skip(SPAN);
            self.whole_pixels.skip(x..x + SPAN);
            self.escape.skip(x..x + SPAN);
            return Ok(at + SPAN);
        }
        let pixels = &mut tile.pixels;
        let around = TileNeighbors::new(pixels, tile.width, at);
        let predicted = self.match_model.predict(pixels, &around);
        let context = PixelContext {
            x,
            around,
            predicted,
        };
        let pixel = match self.whole_pixels.code(coder, &context, pixels[at])? {
            Some(pixel) => {
                self.escape.skip(x..x + 1);
                pixel
            }
            None => self.escape.code(coder, &context, pixels[at])?,
        };
        pixels[at] = pixel;
        self.match_model.learn(&predicted, at, pixel);
        Ok(at + 1)
    }
}
