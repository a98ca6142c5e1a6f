//! Products of pixels and weights, with bias, residual, clip and rounding while a sum is still in a register.

use pulp::{Arch, Simd, WithSimd};

use crate::kernels::grid::{Grid, ROUNDING};
use crate::kernels::linear::panels::{PANEL, Panels};
use crate::kernels::linear::rows::Rows;
use crate::kernels::linear::tiles::{Tiles, add, cover, multiply_add};

/// What to do with a sum.
#[derive(Clone, Copy)]
pub(crate) enum Finish<'a> {
    /// Replace the output.
    Store,
    /// Add it to the output.
    Add,
    /// Add bias and residual, clip to the grid (and round to it), and replace the output.
    Activate {
        /// One value per padded column.
        bias: &'a [f32],
        /// Rows of padded columns.
        residual: Option<Rows<'a>>,
        grid: Grid,
        rounds: bool,
    },
}

/// `out = finish(Σ source · weight)`, where the rows of the weight belong to the concatenated sources.
pub(crate) struct Product<'a> {
    pub(crate) sources: &'a [Rows<'a>],
    pub(crate) weight: &'a Panels,
    pub(crate) finish: Finish<'a>,
    /// Pixels, that is rows of the sources and of the output.
    pub(crate) pixels: usize,
    /// Rows of padded columns, dense.
    pub(crate) out: &'a mut [f32],
}

impl Product<'_> {
    /// Computes the product on this thread. Panics when a matrix is smaller than the shapes say.
    pub(crate) fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (pixels, panels) = (self.pixels, self.weight.count());
        cover(simd, &mut self, pixels, panels);
    }
}

impl Tiles for Product<'_> {
    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(
        &mut self,
        simd: S,
        first: usize,
        panel: usize,
    ) {
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        let mut weight = S::as_simd_f32s(self.weight.panel(panel)).0;
        for source in self.sources {
            let (own, rest) = weight.split_at(source.width * VECTORS);
            weight = rest;
            let mut rows = [&source.values[..0]; ROWS];
            for (r, row) in rows.iter_mut().enumerate() {
                *row = source.row(first + r);
            }
            for (k, w) in (0..source.width).zip(own.chunks_exact(VECTORS)) {
                multiply_add(simd, &mut sums, |r| rows[r][k], w);
            }
        }
        let stride = self.weight.count() * PANEL;
        for (r, sums) in sums.iter().enumerate() {
            let start = (first + r) * stride + panel * PANEL;
            let out = S::as_mut_simd_f32s(&mut self.out[start..start + PANEL]).0;
            finish(simd, self.finish, sums, first + r, panel, out);
        }
    }
}

/// Writes a row of a tile.
#[inline(always)]
fn finish<S: Simd, const VECTORS: usize>(
    simd: S,
    finish: Finish<'_>,
    sums: &[S::f32s; VECTORS],
    pixel: usize,
    panel: usize,
    out: &mut [S::f32s],
) {
    match finish {
        Finish::Store => out.copy_from_slice(sums),
        Finish::Add => add(simd, out, sums),
        Finish::Activate {
            bias,
            residual,
            grid,
            rounds,
        } => {
            let columns = panel * PANEL..(panel + 1) * PANEL;
            let bias = S::as_simd_f32s(&bias[columns.clone()]).0;
            for ((out, &sum), &bias) in out.iter_mut().zip(sums).zip(bias) {
                *out = simd.add_f32s(sum, bias);
            }
            if let Some(residual) = residual {
                let residual = S::as_simd_f32s(&residual.row(pixel)[columns]).0;
                add(simd, out, residual);
            }
            for out in out {
                *out = clip(simd, *out, grid, rounds);
            }
        }
    }
}

#[inline(always)]
fn clip<S: Simd>(simd: S, value: S::f32s, grid: Grid, rounds: bool) -> S::f32s {
    let (low, high) = grid.range();
    let value = simd.max_f32s(simd.splat_f32s(low), value);
    let value = simd.min_f32s(simd.splat_f32s(high), value);
    if !rounds {
        return value;
    }
    let rounding = simd.splat_f32s(ROUNDING);
    let scaled = simd.mul_f32s(value, simd.splat_f32s(grid.scale()));
    let whole = simd.sub_f32s(simd.add_f32s(scaled, rounding), rounding);
    simd.mul_f32s(whole, simd.splat_f32s(1.0 / grid.scale()))
}
