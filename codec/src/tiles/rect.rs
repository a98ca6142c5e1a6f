//! Rectangles of pixels.

use std::ops::Range;

/// A rectangle of pixels inside the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left column.
    pub x: usize,
    /// Top row.
    pub y: usize,
    /// Columns, at least 1.
    pub width: usize,
    /// Rows, at least 1.
    pub height: usize,
}

impl Rect {
    /// The number of pixels.
    pub fn pixels(&self) -> usize {
        self.width * self.height
    }

    /// An image's rectangle.
    pub(crate) fn whole(width: u32, height: u32) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: width as usize,
            height: height as usize,
        }
    }

    /// The pixels in both rectangles; `None` if there are none.
    pub fn intersection(&self, other: &Rect) -> Option<Rect> {
        let columns = overlap(
            self.x..self.x.saturating_add(self.width),
            other.x..other.x.saturating_add(other.width),
        )?;
        let rows = overlap(
            self.y..self.y.saturating_add(self.height),
            other.y..other.y.saturating_add(other.height),
        )?;
        Some(Rect {
            x: columns.start,
            y: rows.start,
            width: columns.len(),
            height: rows.len(),
        })
    }
}

/// What two ranges share.
fn overlap(a: Range<usize>, b: Range<usize>) -> Option<Range<usize>> {
    let shared = a.start.max(b.start)..a.end.min(b.end);
    (!shared.is_empty()).then_some(shared)
}
