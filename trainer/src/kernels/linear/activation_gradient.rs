//! The gradients of sums from those of their clipped values, and the gradients of biases.

use pulp::{Arch, Simd, WithSimd};

/// Passes the gradient of values strictly inside their range on, and adds it to that of the biases.
pub(crate) struct ActivationGradient<'a> {
    /// The ends of the range; `None` lets everything pass.
    pub(crate) range: Option<(f32, f32)>,
    /// The clipped values, rows as long as `bias`.
    pub(crate) values: &'a [f32],
    /// The gradients of the values, which become those of the sums.
    pub(crate) gradient: &'a mut [f32],
    /// The gradients of the biases.
    pub(crate) bias: &'a mut [f32],
}

impl ActivationGradient<'_> {
    /// Computes the gradients on this thread.
    pub(crate) fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for ActivationGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.bias.len();
        if let Some((low, high)) = self.range {
            for (g, &y) in self.gradient.iter_mut().zip(self.values) {
                *g = if y > low && y < high { *g } else { 0.0 };
            }
        }
        for row in self.gradient.chunks_exact(width) {
            for (b, g) in self.bias.iter_mut().zip(row) {
                *b += g;
            }
        }
    }
}
