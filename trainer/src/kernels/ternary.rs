//! Custom operations on three tensors, over the values that they need.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use crate::kernels::values::slice;

/// A tensor that an operation reads.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    storage: &'a CpuStorage,
    layout: &'a Layout,
}

impl<'a> Operand<'a> {
    /// The values of a contiguous float32 tensor.
    pub(crate) fn values(self) -> Result<&'a [f32]> {
        slice(self.storage, self.layout)
    }

    /// The values of a contiguous u32 tensor.
    pub(crate) fn integers(self) -> Result<&'a [u32]> {
        match (self.storage, self.layout.contiguous_offsets()) {
            (CpuStorage::U32(values), Some((start, end))) => Ok(&values[start..end]),
            _ => bail!("expected a contiguous u32 tensor, found {:?}", self.layout),
        }
    }

    pub(crate) fn shape(self) -> &'a Shape {
        self.layout.shape()
    }
}

/// An operation on three tensors on the CPU whose result is float32.
pub(crate) trait Ternary: Send + Sync {
    /// The name in errors.
    const NAME: &'static str;

    /// Calculates values and shape of the result.
    fn evaluate(&self, operands: [Operand<'_>; 3]) -> Result<(Vec<f32>, Shape)>;

    /// Calculates the gradients of the tensors, given that of the result.
    fn differentiate(
        &self,
        operands: [&Tensor; 3],
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 3]>;
}

/// A [`Ternary`] as Candle calls it.
pub(crate) struct CpuOp<T>(pub(crate) T);

impl<T: Ternary> CustomOp3 for CpuOp<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let operands = [(s1, l1), (s2, l2), (s3, l3)];
        let operands = operands.map(|(storage, layout)| Operand { storage, layout });
        let (values, shape) = self.0.evaluate(operands)?;
        Ok((CpuStorage::F32(values), shape))
    }

    fn bwd(
        &self,
        first: &Tensor,
        second: &Tensor,
        third: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let gradients = self
            .0
            .differentiate([first, second, third], result, gradient)?;
        Ok(gradients.into())
    }
}
