//! A way to evaluate layers that this processor has, as a proof.

#![allow(unsafe_code)]

use crate::kernels::layer::IntegerLayer;
use crate::kernels::operands::{Operands, Output, check_lengths};
use crate::kernels::packing::Width;

/// Evaluates a layer whose lengths are those that [`check_lengths`] checks.
pub(crate) type Function = unsafe fn(&IntegerLayer, &Operands<'_>, Output<'_>);

/// A way to evaluate layers: one exists only where its instructions were detected.
#[derive(Clone, Copy)]
pub(crate) struct LayerKernel {
    #[cfg_attr(
        not(test),
        allow(dead_code, reason = "tests name the kernel that fails")
    )]
    pub(crate) name: &'static str,
    bytes: Function,
    shorts: Function,
}

impl LayerKernel {
    /// # Safety
    /// The processor has the instructions of both functions, which need nothing but the lengths.
    pub(crate) const unsafe fn new(name: &'static str, bytes: Function, shorts: Function) -> Self {
        LayerKernel {
            name,
            bytes,
            shorts,
        }
    }

    /// Evaluates a layer. Panics on operands and outputs of other lengths than the layer's.
    pub(crate) fn run(self, layer: &IntegerLayer, operands: &Operands<'_>, output: Output<'_>) {
        check_lengths(layer, operands, &output);
        let function = match layer.width {
            Width::Byte => self.bytes,
            Width::Short => self.shorts,
        };
        // SAFETY: the processor has the kernel, or it would not have been made; the lengths were just checked.
        unsafe { function(layer, operands, output) }
    }
}
