//! The plans worth trying for a component. Only the encoder has to know.

use std::collections::HashSet;

use super::{MOST_INDICES, Names, Plan, pixels};
use crate::tiles::tile::Tile;

/// When at most one in so many values occurs, the values may be listed.
const SPARSE: usize = 2;
/// In components of more samples than this, only the form that promises most is tried.
pub(super) const LARGE: usize = 1 << 17;
/// Samples for each value of a list that is worth its bytes without trying.
const WORTHY: usize = 16;

pub(crate) fn plans<const N: usize>(tiles: &[Tile]) -> Vec<Plan<N>> {
    let pixels: Vec<[u16; N]> = tiles.iter().flat_map(pixels::<N>).collect();
    let largest = tiles.first().map_or(0, |tile| tile.depth.largest());
    let values = values(&pixels);
    let plan = |names, indexed| Plan { names, indexed };
    let sparse = values.len() * SPARSE <= usize::from(largest) + 1;
    let few = values.len() <= usize::from(MOST_INDICES);
    let samples = pixels.len() * N;
    let certain = samples > LARGE;
    let worthy = sparse && values.len() * WORTHY <= samples;
    let mut plans = Vec::new();
    if N == 1 {
        if !(values.len() <= 2 && sparse || certain && worthy) {
            plans.push(plan(Names::Samples, false));
        }
        if sparse && values.len() > 2 && (worthy || !certain) {
            plans.push(plan(Names::Values(values.clone()), false));
        }
        if few && sparse {
            plans.push(plan(Names::Values(values), true));
        } else if largest < MOST_INDICES {
            plans.push(plan(Names::Samples, true));
        }
        return plans;
    }
    if !(certain && worthy) {
        plans.push(plan(Names::Samples, false));
    }
    if sparse && (worthy || !certain) {
        plans.push(plan(Names::Values(values), false));
    }
    if let Some(colors) = colors(&pixels) {
        plans.push(plan(Names::Colors(colors), true));
    }
    plans
}

/// About so many pixels of the largest tile, if there is one: whole rows around its middle.
pub(super) fn excerpt(tiles: &[Tile], pixels: usize) -> Option<Tile> {
    const LEAST_ROWS: usize = 4;
    let tile = tiles.iter().max_by_key(|tile| tile.width * tile.height)?;
    let rows = (pixels / tile.width).max(LEAST_ROWS).min(tile.height);
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
            && seen.len() > usize::from(MOST_INDICES)
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
