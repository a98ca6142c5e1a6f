//! A matrix of float32 whose rows stand apart in memory.

/// `width` values at the start of every `stride`, pixel by pixel.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) width: usize,
}

impl<'a> Rows<'a> {
    /// Rows without gaps.
    pub(crate) fn dense(values: &'a [f32], width: usize) -> Self {
        Self {
            values,
            stride: width,
            width,
        }
    }

    /// The values of row `index`.
    #[inline(always)]
    pub(crate) fn row(&self, index: usize) -> &'a [f32] {
        &self.values[index * self.stride..][..self.width]
    }
}
