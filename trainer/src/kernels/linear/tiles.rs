//! The part of a product that stays in the processor's registers: some rows of one panel.

use pulp::Simd;

use crate::kernels::linear::panels::PANEL;

/// Work on tiles of `ROWS` rows, from row `first`, of one panel, which is `VECTORS` vectors wide.
pub(crate) trait Tiles {
    fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(
        &mut self,
        simd: S,
        first: usize,
        panel: usize,
    );
}

/// Covers `rows × panels` with tiles as large as the registers hold; a panel at a time, which stays in the first-level
/// cache.
#[inline(always)]
pub(crate) fn cover<S: Simd>(simd: S, work: &mut impl Tiles, rows: usize, panels: usize) {
    for panel in 0..panels {
        match PANEL / S::F32_LANES {
            1 => column::<S, 12, 1>(simd, work, rows, panel),
            2 => column::<S, 6, 2>(simd, work, rows, panel),
            4 => column::<S, 6, 4>(simd, work, rows, panel),
            _ => column::<S, 2, PANEL>(simd, work, rows, panel),
        }
    }
}

#[inline(always)]
fn column<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    work: &mut impl Tiles,
    rows: usize,
    panel: usize,
) {
    // The branches of other vector lengths are compiled, too, but never taken.
    if VECTORS * S::F32_LANES != PANEL {
        return;
    }
    let mut first = 0;
    while first + ROWS <= rows {
        work.tile::<S, ROWS, VECTORS>(simd, first, panel);
        first += ROWS;
    }
    while first + 4 <= rows {
        work.tile::<S, 4, VECTORS>(simd, first, panel);
        first += 4;
    }
    while first + 2 <= rows {
        work.tile::<S, 2, VECTORS>(simd, first, panel);
        first += 2;
    }
    if first < rows {
        work.tile::<S, 1, VECTORS>(simd, first, panel);
    }
}

/// Adds the products of one input of each row and the vectors of its weights to the sums of a tile.
#[inline(always)]
pub(crate) fn multiply_add<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    sums: &mut [[S::f32s; VECTORS]; ROWS],
    input: impl Fn(usize) -> f32,
    weights: &[S::f32s],
) {
    for (r, sums) in sums.iter_mut().enumerate() {
        let x = simd.splat_f32s(input(r));
        for v in 0..VECTORS {
            sums[v] = simd.mul_add_e_f32s(x, weights[v], sums[v]);
        }
    }
}

/// Adds vectors to others.
#[inline(always)]
pub(crate) fn add<S: Simd>(simd: S, out: &mut [S::f32s], more: &[S::f32s]) {
    for (out, &more) in out.iter_mut().zip(more) {
        *out = simd.add_f32s(*out, more);
    }
}
