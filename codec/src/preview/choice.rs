//! Sizes and steps that a preview may have, and how many bytes they take.

use crate::color_set::gain::{PARTS, log2};
use crate::tiles::tile::Tile;

/// A size and a step.
pub(super) struct Candidate {
    /// The longest side.
    pub(super) side: u32,
    /// The distance of the levels.
    pub(super) step: u8,
}

/// From the best to the smallest: on a screen, fewer pixels look better than steps above 8. White is a multiple of all
/// steps, or half a step at most from one above it.
pub(super) const CANDIDATES: [Candidate; 15] = [
    candidate(256, 1),
    candidate(256, 2),
    candidate(256, 3),
    candidate(256, 4),
    candidate(256, 6),
    candidate(256, 8),
    candidate(208, 8),
    candidate(160, 8),
    candidate(160, 10),
    candidate(160, 13),
    candidate(160, 16),
    candidate(128, 13),
    candidate(128, 16),
    candidate(96, 10),
    candidate(96, 16),
];

const fn candidate(side: u32, step: u8) -> Candidate {
    Candidate { side, step }
}

/// Whether a stream of the tiles may have so few bytes. The entropy of the differences between neighbours exceeds the
/// length of the stream by a quarter at most, except for patterns that repeat.
pub(super) fn may_fit(tiles: &[Tile], budget: u64) -> bool {
    let parts: u64 = tiles.iter().map(entropy).sum();
    parts / u64::from(8 * PARTS) <= budget + budget / 4
}

/// The entropy of a tile's samples minus what their neighbours let expect, in [`PARTS`] of a bit.
fn entropy(tile: &Tile) -> u64 {
    let (width, samples) = (tile.width, &tile.samples);
    let mut counts = [0; 256];
    for (at, &sample) in samples.iter().enumerate().skip(1) {
        let west = samples[at - 1];
        let prediction = match at < width {
            true => west,
            false => {
                let (north, north_west) =
                    (samples[at - width], samples[(at - width).saturating_sub(1)]);
                let slope = i16::from(west) + i16::from(north) - i16::from(north_west);
                slope.clamp(west.min(north).into(), west.max(north).into()) as u8
            }
        };
        counts[usize::from(sample.wrapping_sub(prediction))] += 1;
    }
    let all = log2(samples.len() as u32);
    let bits = |&count: &u32| u64::from(count) * u64::from(all - log2(count));
    counts.iter().filter(|&&count| count > 0).map(bits).sum()
}
