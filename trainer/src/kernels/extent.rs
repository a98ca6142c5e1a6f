//! The layout of a batch of maps in memory: `[height, width, batch, channels]`. Shifts by rows or columns, and the
//! reads of an LSTM's step, are contiguous in it.

use std::ops::Range;

/// A position relative to a pixel: rows down, columns right.
pub type Tap = (i32, i32);

/// The pixels of a batch. A map is a tensor `[height · width · batch, channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Images.
    pub batch: usize,
}

/// Consecutive pixels, and their neighbours at a tap. Counted in pixels of the whole batch.
pub(crate) struct Stretch {
    pub(crate) own: Range<usize>,
    pub(crate) neighbour: Range<usize>,
}

impl Extent {
    /// Pixels of all images.
    pub fn pixels(self) -> usize {
        self.height * self.width * self.batch
    }

    /// Where the pixels (y, x) of all images start.
    pub(crate) fn at(self, y: usize, x: usize) -> usize {
        (y * self.width + x) * self.batch
    }

    /// The stretches whose neighbours at `tap` are inside.
    pub(crate) fn stretches(self, (dy, dx): Tap) -> impl Iterator<Item = Stretch> {
        let rows = inside(self.height, dy);
        let columns = inside(self.width, dx);
        let shift = dy as isize * self.width as isize + dx as isize;
        let shift = shift * self.batch as isize;
        // Without a shift to the side, all rows are one stretch.
        let (rows, columns) = match dx {
            0 if !rows.is_empty() => {
                let (first, count) = (rows.start, rows.len());
                (first..first + 1, 0..count * self.width)
            }
            _ => (rows, columns),
        };
        rows.filter_map(move |y| {
            let own = self.at(y, columns.start)..self.at(y, columns.end);
            let neighbour =
                own.start.checked_add_signed(shift)?..own.end.checked_add_signed(shift)?;
            (!own.is_empty()).then_some(Stretch { own, neighbour })
        })
    }
}

/// The positions of `0..size` that stay inside when shifted.
fn inside(size: usize, shift: i32) -> Range<usize> {
    let distance = (shift.unsigned_abs() as usize).min(size);
    match shift < 0 {
        true => distance..size,
        false => 0..size - distance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_cover_what_has_a_neighbour() {
        let extent = Extent {
            height: 3,
            width: 4,
            batch: 2,
        };
        for tap in [
            (0, 0),
            (-1, 0),
            (-1, 1),
            (0, -1),
            (-2, -3),
            (-3, 0),
            (1, 2),
            (-1, 5),
        ] {
            let mut seen = vec![None; extent.pixels()];
            for stretch in extent.stretches(tap) {
                for (own, neighbour) in stretch.own.zip(stretch.neighbour) {
                    assert_eq!(seen[own].replace(neighbour), None);
                }
            }
            for (y, x) in (0..3).flat_map(|y| (0..4).map(move |x| (y, x))) {
                let (row, column) = (y + tap.0, x + tap.1);
                let inside = (0..3).contains(&row) && (0..4).contains(&column);
                for image in 0..2 {
                    let expected = inside.then(|| extent.at(row as usize, column as usize) + image);
                    assert_eq!(
                        seen[extent.at(y as usize, x as usize) + image],
                        expected,
                        "{tap:?}"
                    );
                }
            }
        }
    }
}
