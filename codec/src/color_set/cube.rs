//! Which of all 2^24 colours of 8 bits there are, and their bytes (`docs/format.md`, *Colour set*).
//!
//! The cube of colours is halved along red, green and blue eight times. On every level, each part of a part that has colours is
//! coded as a decision: has it any?

use constriction::UnwrapInfallible;

use crate::entropy::bit_coder::{BitCoder, InvalidStream};
use crate::entropy::counter::Counter;
use crate::entropy::range_coder::{IntervalDecoder, IntervalEncoder};

/// How often the cube is halved.
const DEPTH: usize = 8;
/// What a decision depends on, see [`Grid::context`].
const CONTEXT_BITS: usize = 14;
/// Empty cells before each row.
const MARGIN: usize = 2;
/// Bytes of a window into a row, which may begin at its last cell.
const WINDOW_BYTES: usize = 4;

/// A set of colours: red, green and blue of 8 bits.
pub(crate) struct ColorCube {
    /// The cells that have colours; the grid of level `l` has `2^l` cells along each axis.
    levels: Vec<Grid>,
}

impl ColorCube {
    /// Bytes of memory.
    pub(crate) const BYTES: u64 = {
        let (mut level, mut bytes) = (0, 0);
        while level <= DEPTH {
            let side = 1 << level;
            bytes += (side + 2) * (side + 2) * Grid::row_bytes(side);
            level += 1;
        }
        bytes as u64
    };

    fn empty() -> ColorCube {
        let mut levels: Vec<Grid> = (0..=DEPTH).map(|level| Grid::empty(1 << level)).collect();
        levels[0].set([0; 3]);
        ColorCube { levels }
    }

    /// The colours of these pixels.
    pub(crate) fn of(pixels: impl Iterator<Item = [u8; 3]>) -> ColorCube {
        let mut cube = ColorCube::empty();
        let colors = &mut cube.levels[DEPTH];
        pixels.for_each(|pixel| colors.set(pixel.map(usize::from)));
        for level in (1..DEPTH).rev() {
            let (coarse, fine) = cube.levels.split_at_mut(level + 1);
            fine[0].each(|cell| coarse[level].set(cell.map(|at| at / 2)));
        }
        cube
    }

    /// Calls `visit` with each colour.
    pub(crate) fn each(&self, mut visit: impl FnMut([u8; 3])) {
        self.levels[DEPTH].each(|cell| visit(cell.map(|at| at as u8)));
    }

    /// The bytes that stand for the set.
    pub(crate) fn encode(&mut self) -> Vec<u8> {
        let mut coder = IntervalEncoder::new();
        let most = u64::MAX;
        self.code(&mut coder, most).unwrap_infallible();
        coder.finish()
    }

    /// The reverse of [`encode`](ColorCube::encode), for at most `most` colours.
    pub(crate) fn decode(bytes: &[u8], most: u64) -> Result<ColorCube, InvalidStream> {
        let mut cube = ColorCube::empty();
        cube.code(&mut IntervalDecoder::new(bytes), most)?;
        Ok(cube)
    }

    /// A decoder starts with an empty cube, and fills it.
    fn code<C: BitCoder>(&mut self, coder: &mut C, most: u64) -> Result<(), C::Error> {
        for level in 1..=DEPTH {
            let (coarse, fine) = self.levels.split_at_mut(level);
            fine[0].code(coder, &coarse[level - 1], most)?;
        }
        Ok(())
    }
}

/// All pairs of numbers below `side`.
fn squares(side: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..side).flat_map(move |first| (0..side).map(move |second| (first, second)))
}

/// A cube of `side` cells along each axis, each empty or not: rows of bits along blue, with empty rows and cells around them.
struct Grid {
    side: usize,
    rows: Vec<u8>,
}

impl Grid {
    const fn row_bytes(side: usize) -> usize {
        side / 8 + WINDOW_BYTES
    }

    fn empty(side: usize) -> Grid {
        let rows = (side + 2) * (side + 2);
        Grid {
            side,
            rows: vec![0; rows * Grid::row_bytes(side)],
        }
    }

    /// Where a row begins, of one less than these `red` and `green`.
    #[inline(always)]
    fn row(&self, red: usize, green: usize) -> usize {
        (red * (self.side + 2) + green) * Grid::row_bytes(self.side)
    }

    /// The cells of the row from `blue − MARGIN` on, the first lowest: 25 at least.
    #[inline(always)]
    fn window(&self, row: usize, blue: usize) -> usize {
        let at = row + blue / 8;
        let bytes = self.rows[at..at + WINDOW_BYTES].as_chunks().0[0];
        (u32::from_le_bytes(bytes) >> (blue % 8)) as usize
    }

    #[inline(always)]
    fn has(&self, row: usize, blue: usize) -> bool {
        self.window(row, blue) >> MARGIN & 1 != 0
    }

    #[inline(always)]
    fn set(&mut self, [red, green, blue]: [usize; 3]) {
        let at = self.row(red + 1, green + 1) + (blue + MARGIN) / 8;
        self.rows[at] |= 1 << ((blue + MARGIN) % 8);
    }

    /// Calls `visit` with each cell that is not empty.
    fn each(&self, mut visit: impl FnMut([usize; 3])) {
        for (red, green) in squares(self.side) {
            self.each_of_row([red, green], |blue| visit([red, green, blue]));
        }
    }

    /// Calls `visit` with each cell of a row that is not empty.
    fn each_of_row(&self, [red, green]: [usize; 2], mut visit: impl FnMut(usize)) {
        let row = self.row(red + 1, green + 1);
        let row = &self.rows[row..row + Grid::row_bytes(self.side)];
        for (at, &byte) in row.iter().enumerate() {
            let mut rest = byte;
            while rest != 0 {
                visit(at * 8 + rest.trailing_zeros() as usize - MARGIN);
                rest &= rest - 1;
            }
        }
    }

    /// Codes the cells whose cell among `parents`, of half the side, is not empty; at most `most` may not be empty.
    fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        parents: &Grid,
        most: u64,
    ) -> Result<(), C::Error> {
        let mut counters = vec![Counter::EVEN; 1 << CONTEXT_BITS];
        let (mut filled, mut columns) = (0, Vec::new());
        for (red, green) in squares(self.side) {
            columns.clear();
            parents.each_of_row([red / 2, green / 2], |blue| columns.push(blue));
            for blue in columns.iter().flat_map(|&blue| [2 * blue, 2 * blue + 1]) {
                let context = self.context(parents, [red, green, blue]);
                let is_filled = self.has(self.row(red + 1, green + 1), blue);
                if coder.code(is_filled, &mut counters[context])? {
                    self.set([red, green, blue]);
                    filled += 1;
                    coder.require(filled <= most)?;
                }
            }
        }
        Ok(())
    }

    /// Which of the cells around a cell, as far as they are coded, and of the parents' cells after it are filled.
    #[inline(always)]
    fn context(&self, parents: &Grid, [red, green, blue]: [usize; 3]) -> usize {
        let before = self.window(self.row(red + 1, green + 1), blue) & 3;
        let green_before = self.window(self.row(red + 1, green), blue) >> 1 & 7;
        let red_before = self.window(self.row(red, green + 1), blue) >> 1 & 7;
        let both_before = self.window(self.row(red, green), blue) >> 1 & 3;
        let crossed = self.window(self.row(red, green + 2), blue) >> 2 & 1;
        let [r, g, b] = [red, green, blue].map(|at| at / 2 + 1);
        let [r_next, g_next, b_next] = [red, green, blue].map(|at| at.div_ceil(2) + 1);
        let after = [
            parents.has(parents.row(r_next, g), b - 1),
            parents.has(parents.row(r, g_next), b - 1),
            parents.has(parents.row(r, g), b_next - 1),
        ];
        let after = after
            .iter()
            .fold(0, |bits, &bit| bits << 1 | usize::from(bit));
        before
            | green_before << 2
            | red_before << 5
            | both_before << 8
            | crossed << 10
            | after << 11
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colors(cube: &ColorCube) -> Vec<[u8; 3]> {
        let mut colors = Vec::new();
        cube.each(|color| colors.push(color));
        colors
    }

    #[test]
    fn sets_come_back() {
        let corners = [[0, 0, 0], [255, 255, 255], [0, 255, 0], [255, 0, 255]];
        let lattice: Vec<[u8; 3]> = (0..4000_u32)
            .map(|i| [i % 20 * 3, i / 20 % 20 * 2 + i % 3, i / 400 * 5].map(|v| v as u8))
            .collect();
        for set in [&corners[..1], &corners, &lattice] {
            let mut cube = ColorCube::of(set.iter().copied());
            let bytes = cube.encode();
            let decoded = ColorCube::decode(&bytes, 1 << 24).expect("decodes");
            let mut expected = set.to_vec();
            expected.sort();
            expected.dedup();
            assert_eq!(colors(&decoded), expected);
            assert_eq!(colors(&cube), expected);
            assert!(ColorCube::decode(&bytes, expected.len() as u64 - 1).is_err());
        }
    }

    #[test]
    fn a_regular_set_takes_few_bytes() {
        let levels = (0..=255_u8).step_by(4);
        let set: Vec<[u8; 3]> = levels
            .clone()
            .flat_map(|r| {
                levels
                    .clone()
                    .flat_map(move |g| (0..64).map(move |b| [r, g, 4 * b]))
            })
            .collect();
        let bytes = ColorCube::of(set.iter().copied()).encode();
        assert!(bytes.len() < set.len() / 100, "{} bytes", bytes.len());
    }

    #[test]
    fn any_bytes_are_read_within_bounds() {
        for seed in 0..24_u8 {
            let bytes: Vec<u8> = (0..200_u8)
                .map(|i| i.wrapping_mul(seed) ^ (i >> 3))
                .collect();
            if let Ok(cube) = ColorCube::decode(&bytes, 1000) {
                assert!(colors(&cube).len() <= 1000);
            }
        }
    }
}
