//! CCITT's group 4 (T.6) → packed rows. Refuses every code that no encoder writes: it is damage, and the rows that
//! follow would be wrong.
//!
//! The codes are those of the crate `fax`, whose own decoder goes on after wrong ones.

use fax::BitReader;
use fax::maps::{Mode, black, mode, white};

use crate::error::Result;
use crate::formats::tiff::file::damaged;

/// The mark after the last row: twice the end of a line.
const END: [u16; 2] = [1; 2];
const END_BITS: u8 = 12;
/// Runs of at least as many pixels go on in the next code.
const LONGEST_LAST_RUN: u16 = 63;

/// Decodes `height` rows of `width` bits; also returns how many bytes of the data they took, with the end mark where
/// one follows. A last byte with other bits than zeros after that does not count.
pub(crate) fn unpack(data: &[u8], width: usize, height: usize) -> Result<(Vec<u8>, usize)> {
    let mut bits = Bits { data, at: 0 };
    let row_bytes = width.div_ceil(8);
    let mut rows = vec![0; row_bytes * height];
    let mut changes = Vec::new();
    for (y, row) in rows.chunks_exact_mut(row_bytes).enumerate() {
        changes = next_row(&mut bits, &changes, width).ok_or_else(|| {
            damaged(format!(
                "group 4: expected {height} rows, found {y} and a wrong code"
            ))
        })?;
        for black in changes.chunks(2) {
            let end = black.get(1).copied().unwrap_or(width);
            (black[0]..end).for_each(|x| row[x / 8] |= 0x80 >> (x % 8));
        }
    }
    if END
        .iter()
        .enumerate()
        .all(|(n, end)| bits.peek_at(n * usize::from(END_BITS), END_BITS) == *end)
    {
        bits.at += END.len() * usize::from(END_BITS);
    }
    let padding = bits.bits_to_byte_boundary();
    let is_clean = bits.peek_at(0, padding) == 0;
    let used = if is_clean {
        bits.at.div_ceil(8)
    } else {
        bits.at / 8
    };
    Ok((rows, used.min(data.len())))
}

/// Where the colour changes in the next row, from white to black first; `None` for a wrong code.
fn next_row(bits: &mut Bits<'_>, above: &[usize], width: usize) -> Option<Vec<usize>> {
    let mut row = Row {
        above,
        next: 0,
        at: None,
        changes: Vec::new(),
        is_black: false,
    };
    while row.at.unwrap_or(0) < width {
        match mode::decode(bits)? {
            Mode::Pass => {
                let [_, second] = row.changes_above(width);
                row.at = Some(second).filter(|&second| second < width);
                row.at?;
            }
            Mode::Vertical(offset) => {
                let [first, _] = row.changes_above(width);
                let change = first.checked_add_signed(isize::from(offset))?;
                row.change(change, width)?;
            }
            Mode::Horizontal => {
                let start = row.at.unwrap_or(0);
                let first = start + run(bits, row.is_black)?;
                let second = first + run(bits, !row.is_black)?;
                row.change(first, width)?;
                match first == width {
                    true => (second == width).then_some(())?,
                    false => row.change(second, width)?,
                }
            }
            Mode::Extension | Mode::EOF => return None,
        }
    }
    Some(row.changes)
}

/// A row as far as it is known.
struct Row<'a> {
    /// Where the colour changes in the row above.
    above: &'a [usize],
    /// The first of these changes that may be right of `at`.
    next: usize,
    /// The pixel up to which the row is known; `None` at its start, where a change may come at once.
    at: Option<usize>,
    changes: Vec<usize>,
    is_black: bool,
}

impl Row<'_> {
    /// The first change in the row above that is right of here and to the other colour, and the next one.
    fn changes_above(&mut self, width: usize) -> [usize; 2] {
        let is_passed = |change: &&usize| self.at.is_some_and(|at| **change <= at);
        self.next += self.above[self.next..].iter().take_while(is_passed).count();
        let first = self.next + usize::from(self.next % 2 != usize::from(self.is_black));
        [first, first + 1].map(|index| self.above.get(index).copied().unwrap_or(width))
    }

    /// Changes the colour; `None` unless that is right of the last change and in the row.
    fn change(&mut self, change: usize, width: usize) -> Option<()> {
        if change > width || self.at.is_some_and(|at| change <= at) {
            return None;
        }
        if change < width {
            self.changes.push(change);
        }
        self.at = Some(change);
        self.is_black = !self.is_black;
        Some(())
    }
}

/// The length of a run.
fn run(bits: &mut Bits<'_>, is_black: bool) -> Option<usize> {
    let mut sum = 0;
    loop {
        let part = match is_black {
            true => black::decode(bits)?,
            false => white::decode(bits)?,
        };
        sum += usize::from(part);
        if part <= LONGEST_LAST_RUN {
            return Some(sum);
        }
    }
}

/// Bits from the highest of each byte on. There are zeros to look at after the last one.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The `count` bits, 16 at most, `skipped` bits from here.
    fn peek_at(&self, skipped: usize, count: u8) -> u16 {
        let start = self.at + skipped;
        let byte = |index: usize| u32::from(self.data.get(start / 8 + index).copied().unwrap_or(0));
        let three = byte(0) << 16 | byte(1) << 8 | byte(2);
        (three >> (24 - start % 8 - usize::from(count)) & ((1 << count) - 1)) as u16
    }
}

impl BitReader for Bits<'_> {
    type Error = ();

    fn peek(&self, bits: u8) -> Option<u16> {
        Some(self.peek_at(0, bits))
    }

    fn consume(&mut self, bits: u8) -> std::result::Result<(), ()> {
        self.at += usize::from(bits);
        (self.at <= 8 * self.data.len()).then_some(()).ok_or(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (self.at.next_multiple_of(8) - self.at) as u8
    }
}

#[cfg(test)]
mod tests {
    use fax::encoder::Encoder;
    use fax::{Color, VecWriter};

    use super::*;

    /// The rows as group 4, without its end mark.
    fn packed(rows: &[&str]) -> Vec<u8> {
        let mut encoder = Encoder::new(VecWriter::new());
        for row in rows {
            let pixels = row.bytes().map(|byte| match byte {
                b'#' => Color::Black,
                _ => Color::White,
            });
            encoder
                .encode_line(pixels, row.len() as u16)
                .expect("memory");
        }
        encoder.finish().expect("memory").finish()
    }

    const ROWS: [&str; 4] = ["..##..#...", "#.##...##.", "..........", "##########"];
    const PACKED_ROWS: [u8; 8] = [0b0011_0010, 0, 0b1011_0001, 0b1000_0000, 0, 0, 0xff, 0xc0];

    #[test]
    fn rows_come_back_and_the_end_mark_is_theirs() {
        let data = packed(&ROWS);
        let (rows, used) = unpack(&data, 10, 4).expect("sound");
        assert_eq!((rows, used), (PACKED_ROWS.to_vec(), data.len()));
        let longer = [&data[..], &[0; 2]].concat();
        assert_eq!(unpack(&longer, 10, 4).expect("sound").1, data.len());
    }

    #[test]
    fn rows_that_are_too_short_or_too_long_are_damage() {
        let data = packed(&ROWS);
        assert!(unpack(&data, 10, 5).is_err());
        assert!(unpack(&data[..2], 10, 4).is_err());
        // A horizontal code of 3 white and 2 black pixels.
        let code = [0b0011_0001, 0b1000_0000];
        assert!(unpack(&code, 5, 1).is_ok());
        assert!(unpack(&code, 4, 1).is_err());
        // A pass code below a white row.
        assert!(unpack(&[0b1000_1000], 5, 2).is_err());
    }

    #[test]
    fn runs_have_pixels_but_for_the_first_and_last_of_a_row() {
        // Horizontal codes of 0 white and 2 black, then 0 white and 3 black pixels.
        let none = [0b0010_0110, 0b1011_1001, 0b0011_0101, 0b1000_0000];
        assert!(unpack(&none, 5, 1).is_err());
        // The first one, and one of 3 white and 0 black pixels.
        let last = [0b0010_0110, 0b1011_1001, 0b1000_0000, 0b1101_1100];
        let (rows, used) = unpack(&last, 5, 1).expect("sound");
        assert_eq!((rows, used), (vec![0b1100_0000], 4));
    }
}
