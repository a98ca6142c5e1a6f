//! The pixels of a tile as numbers, and the neighbours of one of them (`docs/format.md`, *General coder*, *Neighbours*).

use super::opinions::stir;

/// A tile: pixels of `N` numbers.
pub(crate) struct Canvas<const N: usize> {
    pub(crate) width: usize,
    pub(crate) pixels: Vec<[u16; N]>,
}

/// The pixels around the one being coded. A pixel outside the tile is replaced by its nearest neighbour inside.
#[derive(Clone, Copy)]
pub(crate) struct Near<const N: usize> {
    pub(crate) w: [u16; N],
    pub(crate) n: [u16; N],
    pub(crate) nw: [u16; N],
    pub(crate) ne: [u16; N],
    pub(crate) ww: [u16; N],
    pub(crate) nn: [u16; N],
    pub(crate) nne: [u16; N],
}

impl<const N: usize> Canvas<N> {
    pub(crate) fn near(&self, at: usize) -> Near<N> {
        let (width, x, y) = (self.width, at % self.width, at / self.width);
        let inside = |exists: bool, back: usize| exists.then(|| self.pixels[at - back]);
        let above = inside(y > 0, width);
        let w = inside(x > 0, 1).or(above).unwrap_or([0; N]);
        let n = above.unwrap_or(w);
        let ne = inside(y > 0 && x + 1 < width, width.wrapping_sub(1)).unwrap_or(n);
        Near {
            w,
            n,
            nw: inside(x > 0 && y > 0, width + 1).unwrap_or(n),
            ne,
            ww: inside(x > 1, 2).unwrap_or(w),
            nn: inside(y > 1, 2 * width).unwrap_or(n),
            nne: inside(y > 1 && x + 1 < width, (2 * width).wrapping_sub(1)).unwrap_or(ne),
        }
    }
}

impl<const N: usize> Near<N> {
    /// Which neighbours are equal, in 6 bits.
    pub(crate) fn equalities(&self) -> u32 {
        let equal = [
            self.w == self.n,
            self.n == self.nw,
            self.n == self.ne,
            self.w == self.ww,
            self.n == self.nn,
            self.w == self.nw,
        ];
        let bits = equal.iter().rev();
        bits.fold(0, |bits, &bit| bits << 1 | u32::from(bit))
    }
}

/// Joins pixels to a hash.
#[inline]
pub(crate) fn stir_pixels<const N: usize>(hash: u32, pixels: &[[u16; N]]) -> u32 {
    let samples = pixels.iter().flatten();
    samples.fold(hash, |hash, &sample| stir(hash, sample.into()))
}
