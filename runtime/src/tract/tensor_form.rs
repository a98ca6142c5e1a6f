//! How tract's tensors store the integers of a model.

use tract_core::internal::*;

use crate::kernels::packing::{Width, packed_lanes};

/// How a tensor of `[channels, lanes]` integers is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TensorForm {
    /// float32 `[channels, lanes]`
    Float,
    /// uint8 `[channels, lanes]`
    Byte,
    /// Words of several channels, see [`packing`](crate::kernels::packing).
    Packed(Width),
}

impl TensorForm {
    /// Type and shape of a tensor in this form.
    pub(crate) fn fact(self, channels: usize, lanes: usize) -> TypedFact {
        match self {
            TensorForm::Float => f32::fact([channels, lanes]),
            TensorForm::Byte => u8::fact([channels, lanes]),
            TensorForm::Packed(width) => u32::fact([width.rows(channels), packed_lanes(lanes)]),
        }
    }

    /// Makes a tensor of zeros.
    pub(crate) fn zeros(self, channels: usize, lanes: usize) -> TractResult<Tensor> {
        let fact = self.fact(channels, lanes);
        let shape = fact.shape.as_concrete().context("a concrete shape")?;
        Tensor::zero_dt(fact.datum_type, shape)
    }

    /// Makes a tensor whose elements are yet to be written.
    ///
    /// # Safety
    /// All elements are written before any is read.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn unwritten(self, channels: usize, lanes: usize) -> TractResult<Tensor> {
        let fact = self.fact(channels, lanes);
        let shape = fact.shape.as_concrete().context("a concrete shape")?;
        // SAFETY: the caller's promise.
        unsafe { Tensor::uninitialized_dt(fact.datum_type, shape) }
    }
}

/// The elements of a tensor.
pub(crate) fn elements<T: Datum>(value: &TValue) -> TractResult<&[T]> {
    value.try_as_plain_ram()?.as_slice::<T>()
}
