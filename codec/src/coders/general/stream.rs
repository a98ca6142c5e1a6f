//! The stream of the general method (`docs/format.md`, *General method*, *Lists*).
//!
//! In: the pixels of a component and a coding. Out: its decisions, its list, and the numbers that stand for the
//! pixels.

use std::collections::HashMap;

use crate::coders::general::pixel_coding::{Alphabet, NumberFormat, PixelCoding, StreamLimits};
use crate::coders::general::pixels::code_numbers;
use crate::coders::general::row_meter::RowMeter;
use crate::coders::lists::{code_colors, code_values};
use crate::coders::pixel_tile::PixelTile;
use crate::entropy::bit_coder::BitCoder;
use crate::error::Error;

/// Codes a component, or its first rows. An encoder finds the pixels in `tiles`; a decoder leaves them there.
pub(crate) fn code<C: BitCoder, const N: usize, E: From<C::Error> + From<Error>>(
    coder: &mut C,
    tiles: &mut [PixelTile<N>],
    limits: StreamLimits,
    coding: PixelCoding<N>,
    meter: &mut RowMeter<'_, '_>,
) -> Result<(), E> {
    let format = NumberFormat {
        largest: limits.largest,
        indexed: coder.decide_evenly(coding.indexed)?,
        table_bits: limits.table_bits,
    };
    let is_listed = coder.decide_evenly(coding.alphabet != Alphabet::Samples)?;
    if !is_listed {
        return code_numbers(coder, tiles, format, meter);
    }
    let (values, colors) = match coding.alphabet {
        Alphabet::Samples => (Vec::new(), Vec::new()),
        Alphabet::Values(values) => (values, Vec::new()),
        Alphabet::Colors(colors) => (Vec::new(), colors),
    };
    if N == 1 || !coder.decide_evenly(!colors.is_empty())? {
        return code_with_values(coder, tiles, format, &values, meter);
    }
    code_with_colors(coder, tiles, format, &colors, meter)
}

/// Codes a list of values, and the index of each sample in it.
fn code_with_values<C: BitCoder, const N: usize, E: From<C::Error> + From<Error>>(
    coder: &mut C,
    tiles: &mut [PixelTile<N>],
    format: NumberFormat,
    values: &[u16],
    meter: &mut RowMeter<'_, '_>,
) -> Result<(), E> {
    let values = code_values(coder, values, format.largest)?;
    let format = NumberFormat {
        largest: (values.len() - 1) as u16,
        ..format
    };
    replace(tiles, |sample| {
        values.binary_search(&sample).unwrap_or(0) as u16
    });
    code_numbers::<_, N, E>(coder, tiles, format, meter)?;
    replace(tiles, |index| values[usize::from(index)]);
    Ok(())
}

fn replace<const N: usize>(tiles: &mut [PixelTile<N>], by: impl Fn(u16) -> u16) {
    for tile in tiles {
        for sample in tile.pixels.as_flattened_mut() {
            *sample = by(*sample);
        }
    }
}

/// Codes a list of colours, and the index of each pixel in it.
fn code_with_colors<C: BitCoder, const N: usize, E: From<C::Error> + From<Error>>(
    coder: &mut C,
    tiles: &mut [PixelTile<N>],
    format: NumberFormat,
    colors: &[[u16; N]],
    meter: &mut RowMeter<'_, '_>,
) -> Result<(), E> {
    let colors = code_colors(coder, colors, format.largest)?;
    let format = NumberFormat {
        largest: (colors.len() - 1) as u16,
        ..format
    };
    let known: HashMap<&[u16; N], u16> = colors.iter().zip(0..).collect();
    let index = |pixel: &[u16; N]| known.get(pixel).copied().unwrap_or(0);
    let indexed = |tile: &PixelTile<N>| PixelTile {
        width: tile.width,
        pixels: tile.pixels.iter().map(|pixel| [index(pixel)]).collect(),
    };
    let mut indices: Vec<PixelTile<1>> = tiles.iter().map(indexed).collect();
    code_numbers::<_, 1, E>(coder, &mut indices, format, meter)?;
    for (tile, indices) in tiles.iter_mut().zip(&indices) {
        for (pixel, [index]) in tile.pixels.iter_mut().zip(&indices.pixels) {
            *pixel = colors[usize::from(*index)];
        }
    }
    Ok(())
}
