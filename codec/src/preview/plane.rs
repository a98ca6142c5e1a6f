//! A plane of numbers.

/// A plane of a preview: luma, alpha or chroma.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The level of the number 0. Numbers are from −zero to 255 − zero.
    pub(super) zero: i32,
    /// Row after row.
    pub(super) numbers: Vec<i32>,
}

impl Plane {
    /// The number at a place, or at the nearest one inside.
    pub(super) fn near(&self, x: usize, y: usize) -> i32 {
        self.numbers[y.min(self.height - 1) * self.width + x.min(self.width - 1)]
    }
}
