//! One component of a tile: the samples that a coding method reads and writes (`docs/format.md`, *Groups*).

use std::ops::Range;

use crate::image::sample_format::BitDepth;
use crate::tiles::rect::Rect;

/// One component of a tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Samples per pixel.
    pub(crate) planes: usize,
    pub(crate) depth: BitDepth,
    /// The samples, interleaved, row after row, as in [`Image::samples`](crate::Image::samples).
    pub(crate) samples: Vec<u8>,
}

impl Tile {
    /// An empty tile, to be decoded.
    pub(crate) fn empty(rect: Rect, planes: usize, depth: BitDepth) -> Tile {
        Tile {
            width: rect.width,
            height: rect.height,
            planes,
            depth,
            samples: vec![0; rect.pixels() * planes * depth.sample_bytes()],
        }
    }

    /// The indices of a plane's samples in the given rows of step `t`.
    pub(crate) fn step(
        &self,
        t: usize,
        shear: usize,
        rows: Range<usize>,
        plane: usize,
    ) -> impl Iterator<Item = usize> + use<> {
        let (width, planes) = (self.width, self.planes);
        rows.map(move |y| (y * width + t - shear * y) * planes + plane)
    }
}
