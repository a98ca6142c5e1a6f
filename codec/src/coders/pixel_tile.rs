//! The pixels of a tile as numbers of 16 bits, for coders that code pixel by pixel (`docs/format.md`, *General method*,
//! *Deep method*). In: the bytes of a tile. Out: its pixels, and back.

use crate::coders::failure::Failure;
use crate::entropy::range_coder::{IntervalDecoder, IntervalEncoder};
use crate::error::Error;
use crate::image::sample_format::BitDepth;
use crate::tiles::tile::Tile;

/// Pixels of `N` numbers in raster order: a tile, or its first rows.
#[derive(Clone)]
pub(crate) struct PixelTile<const N: usize> {
    pub(crate) width: usize,
    pub(crate) pixels: Vec<[u16; N]>,
}

impl<const N: usize> PixelTile<N> {
    /// The first rows of a tile, to be decoded.
    pub(crate) fn blank(width: usize, rows: usize) -> PixelTile<N> {
        PixelTile {
            width,
            pixels: vec![[0; N]; width * rows],
        }
    }

    /// The pixels of a tile of `N` planes.
    pub(crate) fn read(tile: &Tile) -> PixelTile<N> {
        let samples: Vec<u16> = match tile.depth {
            BitDepth::Sixteen => {
                let pairs = tile.samples.as_chunks::<2>().0;
                pairs.iter().map(|&pair| u16::from_be_bytes(pair)).collect()
            }
            _ => tile.samples.iter().copied().map(u16::from).collect(),
        };
        PixelTile {
            width: tile.width,
            pixels: samples.as_chunks::<N>().0.to_vec(),
        }
    }

    /// Puts the pixels into the first rows of a tile.
    pub(crate) fn write(&self, tile: &mut Tile) {
        let samples = self.pixels.as_flattened();
        if tile.depth == BitDepth::Sixteen {
            let pairs = tile.samples.as_chunks_mut().0;
            for (pair, sample) in pairs.iter_mut().zip(samples) {
                *pair = sample.to_be_bytes();
            }
        } else {
            for (byte, &sample) in tile.samples.iter_mut().zip(samples) {
                *byte = sample as u8;
            }
        }
    }
}

/// The stream that `code` makes of the tiles' pixels.
pub(crate) fn encode_pixels<const N: usize>(
    tiles: &[Tile],
    code: impl FnOnce(&mut IntervalEncoder, &mut [PixelTile<N>]) -> Result<(), Error>,
) -> Result<Vec<u8>, Error> {
    let mut coder = IntervalEncoder::new();
    let mut pixels: Vec<PixelTile<N>> = tiles.iter().map(PixelTile::read).collect();
    code(&mut coder, &mut pixels)?;
    Ok(coder.finish())
}

/// Fills the first `rows` rows of each tile with the pixels that `code` reads from a stream.
pub(crate) fn decode_pixels<const N: usize>(
    tiles: &mut [Tile],
    rows: &[usize],
    bytes: &[u8],
    code: impl FnOnce(&mut IntervalDecoder<'_>, &mut [PixelTile<N>]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut coder = IntervalDecoder::new(bytes);
    let blank = |(tile, &rows): (&Tile, &usize)| PixelTile::blank(tile.width, rows);
    let mut pixels: Vec<PixelTile<N>> = tiles.iter().zip(rows).map(blank).collect();
    code(&mut coder, &mut pixels)?;
    for (tile, pixels) in tiles.iter_mut().zip(&pixels) {
        pixels.write(tile);
    }
    Ok(())
}
