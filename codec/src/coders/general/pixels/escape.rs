//! What codes the pixels that equal no candidate (`docs/format.md`, *General method*, *Whole pixels*).

use std::ops::Range;

use crate::coders::general::pixels::match_model::MatchPrediction;
use crate::coders::tile_neighbors::TileNeighbors;
use crate::entropy::bit_coder::BitCoder;

/// Where a pixel is, and what surrounds it.
#[derive(Clone, Copy)]
pub(crate) struct PixelContext<const N: usize> {
    pub(crate) x: usize,
    pub(crate) around: TileNeighbors<[u16; N]>,
    pub(crate) predicted: MatchPrediction<N>,
}

/// Codes pixels that equal no candidate.
pub(crate) trait Escape<const N: usize> {
    /// Begins a tile of `width` columns.
    fn start_tile(&mut self, width: usize);

    /// The pixels of some columns, at least one, were candidates.
    fn skip(&mut self, columns: Range<usize>);

    /// Codes a pixel.
    fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        context: &PixelContext<N>,
        pixel: [u16; N],
    ) -> Result<[u16; N], C::Error>;
}
