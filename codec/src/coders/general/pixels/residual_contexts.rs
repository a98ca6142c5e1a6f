//! The contexts of a residual (`docs/format.md`, *General method*, *Mixed residuals*).
//!
//! In: the neighbours of a sample, what the match model predicts, and the samples of the pixel coded before. Out:
//! hashes.

use std::ops::Range;

use crate::coders::general::pixels::escape::PixelContext;
use crate::coders::mixing::hash::{hash, hash_pixels};
use crate::coders::numbers::bit_length;
use crate::coders::tile_neighbors::TileNeighbors;

pub(crate) const CONTEXTS: usize = 8;

/// The samples of a pixel that are coded already.
#[derive(Clone, Copy)]
pub(crate) struct EarlierSamples {
    /// Hash of the samples.
    known: u32,
    /// Levels of their residuals.
    levels: u32,
}

impl EarlierSamples {
    /// None yet of `planes`.
    pub(crate) fn none(planes: usize) -> EarlierSamples {
        EarlierSamples {
            known: hash(0, planes as u32),
            levels: 0,
        }
    }

    /// Adds a sample.
    pub(crate) fn push(&mut self, sample: i32, residual: i32) {
        self.known = hash(self.known, sample as u32);
        self.levels = (self.levels << 8) | (folded_level(residual) + 1);
    }
}

/// The absolute residuals of one plane in this row and the one above.
pub(crate) struct NearbyErrors {
    /// `errors[x + 1]` is of column x: of this row to the west of the current pixel, else of the row above.
    errors: Vec<u16>,
    north_west: u16,
}

impl NearbyErrors {
    /// Bytes for a column.
    pub(crate) const COLUMN_BYTES: u64 = size_of::<u16>() as u64;

    pub(crate) fn new() -> NearbyErrors {
        NearbyErrors {
            errors: Vec::new(),
            north_west: 0,
        }
    }

    pub(crate) fn start_tile(&mut self, width: usize) {
        self.errors.clear();
        self.errors.resize(width + 2, 0);
        self.north_west = 0;
    }

    /// The errors of the pixels to the west, north, north-east and north-west of column `x`.
    fn around(&self, x: usize) -> [u32; 4] {
        let errors = &self.errors;
        [errors[x], errors[x + 1], errors[x + 2], self.north_west].map(u32::from)
    }

    /// The pixels of some columns, at least one, were candidates.
    pub(crate) fn skip(&mut self, columns: &Range<usize>) {
        self.errors[columns.start + 1..columns.end].fill(0);
        self.store(columns.end - 1, 0);
    }

    pub(crate) fn store(&mut self, x: usize, error: u16) {
        self.north_west = std::mem::replace(&mut self.errors[x + 1], error);
        if x + 3 == self.errors.len() {
            self.north_west = 0;
        }
    }
}

/// The contexts of all decisions about a sample of `plane`, and the activity around it.
pub(crate) fn contexts<const N: usize>(
    context: &PixelContext<N>,
    plane: usize,
    around: &TileNeighbors<i32>,
    errors: &NearbyErrors,
    prediction: i32,
    earlier: EarlierSamples,
) -> ([u32; CONTEXTS], u32) {
    let [west, north, north_east, north_west] = errors.around(context.x);
    let activity = octave_level(2 * west + 2 * north + north_east + north_west);
    let seed = hash(plane as u32, 77);
    let predicted = &context.predicted;
    let sure = match predicted.matched {
        Some(_) => 4 + predicted.length,
        None => predicted.confidence,
    };
    let likely = i32::from(predicted.likely()[plane]);
    let pixels = &context.around;
    let slopes = folded_level(prediction - around.west) << 16
        | folded_level(prediction - around.north) << 8
        | folded_level(around.north - around.north_west);
    let contexts = [
        hash(seed, activity),
        hash(hash(seed, 1), octave_level(west) << 8 | octave_level(north)),
        hash(hash(seed, 2 + activity / 2), earlier.levels),
        hash_pixels(hash(earlier.known, 3), &[pixels.west]),
        hash_pixels(hash(earlier.known, 4), &[pixels.west, pixels.north]),
        hash(hash(seed, 5), slopes),
        hash(hash(seed, 6 + (sure << 8)), (likely - prediction) as u32),
        hash(hash(earlier.known, 7), prediction as u32),
    ];
    (contexts, activity)
}

/// 0 for 0; then two levels for each doubling.
fn octave_level(value: u32) -> u32 {
    match bit_length(value) as u32 {
        0 => 0,
        1 => 1,
        length => 2 * (length - 1) + (value >> (length - 2) & 1),
    }
}

fn folded_level(value: i32) -> u32 {
    octave_level(value.unsigned_abs()) << 1 | u32::from(value < 0)
}
