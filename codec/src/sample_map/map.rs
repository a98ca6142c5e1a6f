//! A sample map: an index for every value that a plane may have (`docs/format.md`, *Sample map*).
//!
//! In: samples. Out: indices, and back.

use crate::image::raster::Image;
use crate::image::sample_format::{BitDepth, SampleFormat};
use crate::sample_map::grid::ValueGrid;
use crate::tiles::tile::Tile;

/// The most values of a plane whose indices have 8 bits.
pub(crate) const FEW: usize = 256;

/// The values of one plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlaneMap {
    pub(crate) grid: ValueGrid,
    /// Rising values of the grid: what an index stands for.
    pub(crate) values: Vec<u16>,
}

impl PlaneMap {
    /// All values of a grid, which has none above 2^16 − 1.
    pub(crate) fn of_grid(grid: ValueGrid) -> PlaneMap {
        let values = (0..grid.count).map(|index| grid.value(index) as u16);
        PlaneMap {
            grid,
            values: values.collect(),
        }
    }

    /// Whether it leaves out values of the grid.
    pub(crate) fn has_gaps(&self) -> bool {
        self.values.len() < self.grid.count as usize
    }

    /// The index of every sample; 0 for samples that the map does not have.
    pub(crate) fn indices(&self) -> Vec<u16> {
        let mut indices = vec![0; 1 << u16::BITS];
        for (index, &value) in self.values.iter().enumerate() {
            indices[usize::from(value)] = index as u16;
        }
        indices
    }
}

/// The values of each plane of an image, rising. The file codes the index of a sample's value instead of the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleMap {
    pub(crate) planes: Vec<PlaneMap>,
}

impl SampleMap {
    /// The number of values of each plane, in the order of a pixel's samples.
    pub fn values(&self) -> impl Iterator<Item = usize> {
        self.planes.iter().map(|plane| plane.values.len())
    }

    /// The bits of an index: 8 if no plane has more than 256 values, else 16.
    pub(crate) fn depth(&self) -> BitDepth {
        match self.values().all(|values| values <= FEW) {
            true => BitDepth::Eight,
            false => BitDepth::Sixteen,
        }
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> u64 {
        let values: usize = self.values().sum();
        (values * size_of::<u16>()) as u64
    }

    /// The image of the indices. Every sample must be in the map.
    pub(crate) fn indices(&self, image: &Image) -> Result<Image, crate::error::Error> {
        let tables: Vec<Vec<u16>> = self.planes.iter().map(PlaneMap::indices).collect();
        let samples = image.samples().chunks_exact(image.depth().sample_bytes());
        let indices = samples
            .zip(tables.iter().cycle())
            .map(|(sample, table)| table[number(sample)]);
        let (color, depth) = (image.color(), self.depth());
        let samples = match depth {
            BitDepth::Sixteen => indices.flat_map(u16::to_be_bytes).collect(),
            _ => indices.map(|index| index as u8).collect(),
        };
        let format = SampleFormat { color, depth };
        Image::with_format(image.width(), image.height(), format, samples)
    }

    /// Replaces the indices of a tile, which has the planes from `first` on, by samples of `depth`. `None` for an index
    /// that no value has.
    pub(crate) fn samples(&self, tile: &Tile, first: usize, depth: BitDepth) -> Option<Tile> {
        let planes = self.planes.get(first..first + tile.planes)?;
        let mut samples =
            Vec::with_capacity(tile.width * tile.height * tile.planes * depth.sample_bytes());
        for (at, bytes) in tile
            .samples
            .chunks_exact(tile.depth.sample_bytes())
            .enumerate()
        {
            let value = planes[at % tile.planes].values.get(number(bytes))?;
            samples.extend_from_slice(&value.to_be_bytes()[2 - depth.sample_bytes()..]);
        }
        Some(Tile {
            depth,
            samples,
            ..*tile
        })
    }
}

/// A sample, from its bytes.
fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | usize::from(byte))
}
