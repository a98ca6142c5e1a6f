//! The coarse image of a tile: the first pixels of blocks, which are coded before the others (`docs/model.md`, *Coarse
//! images*).
//!
//! In: a tile, or its coarse image. Out: the coarse image, the tile with its pixels, and the features that the network
//! of the tile reads from them.

use std::ops::Range;

use crate::model::prediction::centred;
use crate::model::predictor::{COARSE_TAPS, ModelSpec, Tap};
use crate::tiles::rect::Rect;
use crate::tiles::tile::Tile;
use crate::tiles::wavefront::LaneLayout;

/// The size of the coarse image of a rectangle, as a rectangle at the origin.
pub(crate) fn coarse_rect(rect: &Rect, ratio: usize) -> Rect {
    Rect {
        x: 0,
        y: 0,
        width: rect.width.div_ceil(ratio),
        height: rect.height.div_ceil(ratio),
    }
}

impl Tile {
    /// The tile's coarse image; its samples are those of the tile.
    pub(crate) fn coarse(&self, ratio: usize) -> Tile {
        let mut coarse = self.empty_coarse(ratio);
        for (at, of) in self.coarse_pixels(ratio).enumerate() {
            coarse.pixel_mut(at).copy_from_slice(self.pixel(of));
        }
        coarse
    }

    /// An empty coarse image of the tile, to be decoded.
    pub(crate) fn empty_coarse(&self, ratio: usize) -> Tile {
        let rect = Rect {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        };
        Tile::empty(coarse_rect(&rect, ratio), self.planes, self.depth)
    }

    /// Puts the samples of the coarse image into the tile.
    pub(crate) fn set_coarse(&mut self, ratio: usize, coarse: &Tile) {
        for (at, of) in self.coarse_pixels(ratio).enumerate() {
            self.pixel_mut(of).copy_from_slice(coarse.pixel(at));
        }
    }

    /// The pixels of the coarse image in the tile, row after row.
    fn coarse_pixels(&self, ratio: usize) -> impl Iterator<Item = usize> + use<> {
        let (width, height) = (self.width, self.height);
        let row = move |y: usize| (0..width).step_by(ratio).map(move |x| y * width + x);
        (0..height).step_by(ratio).flat_map(row)
    }

    fn pixel_bytes(&self) -> usize {
        self.planes * self.depth.sample_bytes()
    }

    fn pixel(&self, at: usize) -> &[u8] {
        &self.samples[at * self.pixel_bytes()..][..self.pixel_bytes()]
    }

    fn pixel_mut(&mut self, at: usize) -> &mut [u8] {
        let bytes = self.pixel_bytes();
        &mut self.samples[at * bytes..][..bytes]
    }

    /// The first pixel of the block at an offset, in blocks, from the block of the pixel (y, x).
    fn first_pixel(&self, ratio: usize, y: usize, x: usize, tap: Tap) -> Option<usize> {
        let y = (y / ratio).checked_add_signed(tap.dy as isize)? * ratio;
        let x = (x / ratio).checked_add_signed(tap.dx as isize)? * ratio;
        (y < self.height && x < self.width).then(|| y * self.width + x)
    }
}

/// Writes the features of the coarse image, after those of the neighbourhood, for the given rows of step `t` of a tile
/// whose coarse image is known. A model of one scale has none. Samples have one byte.
pub(crate) fn gather(
    spec: &ModelSpec,
    tile: &Tile,
    t: usize,
    rows: Range<usize>,
    layout: LaneLayout,
    context: &mut [i16],
) {
    let Some(ratio) = spec.ratio else {
        return;
    };
    let (first, pixels, lanes) = (spec.neighbour_features(), ratio * ratio, rows.len());
    for feature in first..spec.features() {
        layout.row(context, feature, lanes).fill(0);
    }
    for (lane, y) in rows.enumerate() {
        let x = t - spec.shear * y;
        let own = y % ratio * ratio + x % ratio;
        for (block, &tap) in COARSE_TAPS.iter().enumerate() {
            let Some(pixel) = tile.first_pixel(ratio, y, x, tap) else {
                continue;
            };
            for (k, &plane) in spec.order.iter().enumerate() {
                let feature = first + (block * spec.channels() + k) * pixels + own;
                let sample = tile.samples[pixel * tile.planes + plane];
                layout.row(context, feature, lanes)[lane] = centred(spec.levels, sample.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::sample_format::BitDepth;

    #[test]
    fn the_first_pixels_of_blocks_go_out_and_back() {
        let tile = Tile {
            width: 5,
            height: 3,
            planes: 1,
            depth: BitDepth::Eight,
            samples: (0..15).collect(),
        };
        let coarse = tile.coarse(2);
        assert_eq!((coarse.width, coarse.height), (3, 2));
        assert_eq!(coarse.samples, [0, 2, 4, 10, 12, 14]);
        let mut back = Tile {
            samples: vec![99; 15],
            ..tile.clone()
        };
        back.set_coarse(2, &coarse);
        let known = [0, 2, 4, 10, 12, 14];
        for (at, &sample) in back.samples.iter().enumerate() {
            let expected = if known.contains(&at) { at as u8 } else { 99 };
            assert_eq!(sample, expected);
        }
        assert_eq!(tile.coarse(7).samples, [0]);
    }
}
