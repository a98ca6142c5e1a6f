//! Layers of a network on packed integers, for processors whose dot products of integers are faster than those of
//! floats.

pub(crate) mod packing;
pub(crate) mod layer;
pub(crate) mod operands;
mod portable;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use crate::kernels::layer::IntegerLayer;
use crate::kernels::operands::{Operands, Output};
#[cfg(target_arch = "x86_64")]
use crate::kernels::x86_64::LayerKernel;

/// Whether this processor has a kernel for layers on packed integers.
pub(crate) fn has_layer_kernels() -> bool {
    #[cfg(target_arch = "x86_64")]
    return LayerKernel::detected().is_some();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Evaluates a layer by the fastest kernel of this processor. Panics on operands and outputs of other lengths than
/// the layer's.
pub(crate) fn apply(layer: &IntegerLayer, operands: &Operands<'_>, output: Output<'_>) {
    #[cfg(target_arch = "x86_64")]
    if let Some(kernel) = LayerKernel::detected() {
        return kernel.run(layer, operands, output);
    }
    portable::apply(layer, operands, output);
}
