//! Rectangles of pixels.

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
        let (x, width) = overlap((self.x, self.width), (other.x, other.width))?;
        let (y, height) = overlap((self.y, self.height), (other.y, other.height))?;
        Some(Rect {
            x,
            y,
            width,
            height,
        })
    }
}

/// Start and length of what two ranges, each given by start and length, share.
fn overlap(a: (usize, usize), b: (usize, usize)) -> Option<(usize, usize)> {
    let start = a.0.max(b.0);
    let end = a.0.saturating_add(a.1).min(b.0.saturating_add(b.1));
    (start < end).then(|| (start, end - start))
}
