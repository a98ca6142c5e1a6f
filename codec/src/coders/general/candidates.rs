//! The pixel codings worth trying for a component. Only the encoder asks, and the format does not depend on the answer.
//!
//! In: the tiles of a component. Out: codings, or an excerpt to try them on.

use std::collections::HashSet;

use crate::coders::general::pixel_coding::{Alphabet, MAX_INDICES, PixelCoding};
use crate::coders::pixel_tile::PixelTile;
use crate::tiles::tile::Tile;

/// A list of values is tried if at most one in this many occurs.
const SPARSE: usize = 2;
/// Components with more samples than this are large: not all their codings are tried.
pub(crate) const LARGE: usize = 1 << 17;
/// A list of values is worth its bytes, without a trial, if there are this many samples for each value.
const WORTHWHILE: usize = 16;

/// The codings worth trying.
pub(crate) fn candidates<const N: usize>(tiles: &[Tile]) -> Vec<PixelCoding<N>> {
    let pixels = |tile| PixelTile::<N>::read(tile).pixels;
    let pixels: Vec<[u16; N]> = tiles.iter().flat_map(pixels).collect();
    let largest = tiles.first().map_or(0, |tile| tile.depth.largest());
    let statistics = Statistics::new(&pixels, largest);
    match N {
        1 => statistics.codings_of_one_plane(largest),
        _ => statistics.codings_of_planes(&pixels),
    }
}

/// What decides about lists of values.
struct Statistics {
    /// The values that occur, rising.
    values: Vec<u16>,
    is_sparse: bool,
    is_large: bool,
    is_worthwhile: bool,
}

impl Statistics {
    fn new<const N: usize>(pixels: &[[u16; N]], largest: u16) -> Statistics {
        let (values, samples) = (values(pixels), pixels.len() * N);
        let is_sparse = values.len() * SPARSE <= usize::from(largest) + 1;
        Statistics {
            is_sparse,
            is_large: samples > LARGE,
            is_worthwhile: is_sparse && values.len() * WORTHWHILE <= samples,
            values,
        }
    }

    fn tries_values(&self) -> bool {
        self.is_sparse && (self.is_worthwhile || !self.is_large)
    }

    fn codings_of_one_plane<const N: usize>(self, largest: u16) -> Vec<PixelCoding<N>> {
        let coding = |alphabet, indexed| PixelCoding { alphabet, indexed };
        let is_bilevel = self.values.len() <= 2 && self.is_sparse;
        let has_indices = self.values.len() <= usize::from(MAX_INDICES) && self.is_sparse;
        let mut codings = Vec::new();
        if !(is_bilevel || self.is_large && self.is_worthwhile) {
            codings.push(coding(Alphabet::Samples, false));
        }
        if self.tries_values() && !is_bilevel {
            codings.push(coding(Alphabet::Values(self.values.clone()), false));
        }
        if has_indices {
            codings.push(coding(Alphabet::Values(self.values), true));
        } else if largest < MAX_INDICES {
            codings.push(coding(Alphabet::Samples, true));
        }
        codings
    }

    fn codings_of_planes<const N: usize>(self, pixels: &[[u16; N]]) -> Vec<PixelCoding<N>> {
        let coding = |alphabet, indexed| PixelCoding { alphabet, indexed };
        let mut codings = Vec::new();
        if !(self.is_large && self.is_worthwhile) {
            codings.push(coding(Alphabet::Samples, false));
        }
        if self.tries_values() {
            codings.push(coding(Alphabet::Values(self.values), false));
        }
        if let Some(colors) = colors(pixels) {
            codings.push(coding(Alphabet::Colors(colors), true));
        }
        codings
    }
}

/// About this many pixels of the largest tile: whole rows around its middle. `None` without tiles.
pub(crate) fn excerpt(tiles: &[Tile], pixels: usize) -> Option<Tile> {
    const MIN_ROWS: usize = 4;
    let tile = tiles.iter().max_by_key(|tile| tile.width * tile.height)?;
    let rows = (pixels / tile.width).max(MIN_ROWS).min(tile.height);
    let row_bytes = tile.samples.len() / tile.height;
    let first = (tile.height - rows) / 2;
    Some(Tile {
        height: rows,
        samples: tile.samples[first * row_bytes..(first + rows) * row_bytes].to_vec(),
        ..*tile
    })
}

fn values<const N: usize>(pixels: &[[u16; N]]) -> Vec<u16> {
    let mut seen = vec![false; 1 << u16::BITS];
    for &sample in pixels.as_flattened() {
        seen[usize::from(sample)] = true;
    }
    (0..=u16::MAX)
        .filter(|&value| seen[usize::from(value)])
        .collect()
}

/// The colours, dark ones first, if there are few.
fn colors<const N: usize>(pixels: &[[u16; N]]) -> Option<Vec<[u16; N]>> {
    let (mut seen, mut last) = (HashSet::new(), None);
    for pixel in pixels {
        if last.replace(pixel) != Some(pixel)
            && seen.insert(*pixel)
            && seen.len() > usize::from(MAX_INDICES)
        {
            return None;
        }
    }
    let mut colors: Vec<[u16; N]> = seen.into_iter().collect();
    colors.sort_by_key(|color| {
        (
            color.iter().map(|&sample| u32::from(sample)).sum::<u32>(),
            *color,
        )
    });
    Some(colors)
}
