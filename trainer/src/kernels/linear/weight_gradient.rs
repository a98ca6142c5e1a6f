//! The gradients of weights, added into their buffers.

use pulp::{Arch, Simd, WithSimd};

use crate::kernels::linear::panels::PANEL;
use crate::kernels::linear::rows::Rows;
use crate::kernels::linear::tiles::{Tiles, add, cover, multiply_add};

/// `out += sourceᵀ · gradient`.
pub(crate) struct WeightGradient<'a> {
    pub(crate) source: Rows<'a>,
    /// The gradient of the sums, rows of padded columns.
    pub(crate) gradient: Rows<'a>,
    pub(crate) pixels: usize,
    /// One row of padded columns for each column of the source.
    pub(crate) out: &'a mut [f32],
}

impl WeightGradient<'_> {
    /// Computes the gradient on this thread. Panics when a matrix is smaller than the shapes say.
    pub(crate) fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (inputs, panels) = (self.source.width, self.gradient.width / PANEL);
        cover(simd, &mut self, inputs, panels);
    }
}

impl Tiles for WeightGradient<'_> {
    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(
        &mut self,
        simd: S,
        first: usize,
        panel: usize,
    ) {
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        for pixel in 0..self.pixels {
            let inputs = &self.source.values[pixel * self.source.stride + first..][..ROWS];
            let start = pixel * self.gradient.stride + panel * PANEL;
            let gradient = S::as_simd_f32s(&self.gradient.values[start..start + PANEL]).0;
            multiply_add(simd, &mut sums, |r| inputs[r], gradient);
        }
        for (r, sums) in sums.iter().enumerate() {
            let start = (first + r) * self.gradient.width + panel * PANEL;
            let out = S::as_mut_simd_f32s(&mut self.out[start..start + PANEL]).0;
            add(simd, out, sums);
        }
    }
}
