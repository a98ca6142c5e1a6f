//! Layers of a network on packed integers, for processors whose dot products of integers are faster than those of
//! floats.

pub(crate) mod packing;
pub(crate) mod layer;
pub(crate) mod operands;
mod portable;
mod layer_kernel;
#[cfg(any(
    target_arch = "x86_64",
    all(target_arch = "aarch64", target_endian = "little"),
    all(target_arch = "wasm32", target_feature = "simd128")
))]
mod blocks;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod aarch64;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm32;
#[cfg(test)]
mod agreement;

use std::sync::LazyLock;

use crate::kernels::layer::IntegerLayer;
use crate::kernels::layer_kernel::LayerKernel;
use crate::kernels::operands::{Operands, Output};

/// Whether this processor has a kernel for layers on packed integers.
pub(crate) fn has_layer_kernels() -> bool {
    fastest().is_some()
}

/// Evaluates a layer by the fastest kernel of this processor. Panics on operands and outputs of other lengths than
/// the layer's.
pub(crate) fn apply(layer: &IntegerLayer, operands: &Operands<'_>, output: Output<'_>) {
    match fastest() {
        Some(kernel) => kernel.run(layer, operands, output),
        None => portable::apply(layer, operands, output),
    }
}

fn fastest() -> Option<LayerKernel> {
    static FASTEST: LazyLock<Option<LayerKernel>> = LazyLock::new(|| detected().first().copied());
    *FASTEST
}

/// All kernels of this processor, the fastest first.
fn detected() -> Vec<LayerKernel> {
    #[cfg(target_arch = "x86_64")]
    return x86_64::detected();
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    return aarch64::detected();
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return wasm32::detected();
    #[cfg(not(any(
        target_arch = "x86_64",
        all(target_arch = "aarch64", target_endian = "little"),
        all(target_arch = "wasm32", target_feature = "simd128")
    )))]
    Vec::new()
}
