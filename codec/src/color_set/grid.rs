//! One level of the colour cube: a grid of boxes, each filled or not (`docs/format.md`, *Colour set*).
//!
//! In: the level above, with half as many boxes along each axis. Out: a decision for each box inside one of them that
//! is filled.

use crate::entropy::bit_coder::BitCoder;
use crate::entropy::counter::Counter;

/// Bits of a context, see [`BoxGrid::context`].
const CONTEXT_BITS: usize = 14;
/// Boxes before each row, never filled.
const MARGIN: usize = 2;
/// Bytes of a window into a row, which may begin at its last box.
const WINDOW_BYTES: usize = 4;

/// All pairs of numbers below `side`.
fn squares(side: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..side).flat_map(move |first| (0..side).map(move |second| (first, second)))
}

/// A cube of `side` boxes along each axis, each filled or not: rows of bits along blue, with empty rows and boxes
/// around them.
pub(crate) struct BoxGrid {
    side: usize,
    rows: Vec<u8>,
}

impl BoxGrid {
    pub(crate) const fn row_bytes(side: usize) -> usize {
        side / 8 + WINDOW_BYTES
    }

    pub(crate) fn empty(side: usize) -> BoxGrid {
        let rows = (side + 2) * (side + 2);
        BoxGrid {
            side,
            rows: vec![0; rows * BoxGrid::row_bytes(side)],
        }
    }

    /// The first byte of the row before `red` and `green`.
    #[inline(always)]
    fn row(&self, red: usize, green: usize) -> usize {
        (red * (self.side + 2) + green) * BoxGrid::row_bytes(self.side)
    }

    /// The boxes of the row from `blue − MARGIN` on, the first lowest: 25 at least.
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
    pub(crate) fn set(&mut self, [red, green, blue]: [usize; 3]) {
        let at = self.row(red + 1, green + 1) + (blue + MARGIN) / 8;
        self.rows[at] |= 1 << ((blue + MARGIN) % 8);
    }

    /// Calls `visit` with each filled box.
    pub(crate) fn each(&self, mut visit: impl FnMut([usize; 3])) {
        for (red, green) in squares(self.side) {
            self.each_of_row([red, green], |blue| visit([red, green, blue]));
        }
    }

    /// Calls `visit` with each filled box of a row.
    fn each_of_row(&self, [red, green]: [usize; 2], mut visit: impl FnMut(usize)) {
        let row = self.row(red + 1, green + 1);
        let row = &self.rows[row..row + BoxGrid::row_bytes(self.side)];
        for (at, &byte) in row.iter().enumerate() {
            let mut rest = byte;
            while rest != 0 {
                visit(at * 8 + rest.trailing_zeros() as usize - MARGIN);
                rest &= rest - 1;
            }
        }
    }

    /// Codes the boxes whose box among `parents`, of half the side, is filled; a decoder refuses more than `limit`
    /// filled ones.
    pub(crate) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        parents: &BoxGrid,
        limit: u64,
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
                    coder.require(filled <= limit)?;
                }
            }
        }
        Ok(())
    }

    /// Which of the boxes around a box, as far as they are coded, and of the parents' boxes after it are filled.
    #[inline(always)]
    fn context(&self, parents: &BoxGrid, [red, green, blue]: [usize; 3]) -> usize {
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
