//! A value with a gradient of its own, both composed of Candle's operations.
//!
//! Candle derives a gradient for every operation, which fills and adds a whole tensor for each. Where the gradient of
//! many operations together is known and simpler, the value is computed outside of Candle's graph and enters it here.

use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CudaStorage, CustomOp3, Layout, Result, Shape, Storage, Tensor, bail,
};

/// The gradients of three operands.
pub(crate) type Gradients = [Option<Tensor>; 3];

/// Lets `value`, computed from `operands`, pass gradients on to them. `gradients` makes these of the value's gradient.
pub(crate) fn with_gradients(
    operands: [&Tensor; 3],
    value: Tensor,
    gradients: impl Fn(&Tensor) -> Result<Gradients> + Send + Sync + 'static,
) -> Result<Tensor> {
    let [first, second, third] = operands;
    first.apply_op3(second, third, Computed { value, gradients })
}

struct Computed<F> {
    value: Tensor,
    gradients: F,
}

impl<F: Fn(&Tensor) -> Result<Gradients> + Send + Sync> CustomOp3 for Computed<F> {
    fn name(&self) -> &'static str {
        "computed"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        match &*self.value.storage_and_layout().0 {
            Storage::Cpu(storage) => copied(storage, self.value.layout()),
            _ => bail!("computed: expected a value on the CPU"),
        }
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        match &*self.value.storage_and_layout().0 {
            Storage::Cuda(storage) => copied(storage, self.value.layout()),
            _ => bail!("computed: expected a value on the CUDA device"),
        }
    }

    fn bwd(
        &self,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        Ok((self.gradients)(&gradient.contiguous()?)?.into())
    }
}

fn copied<S: BackendStorage>(storage: &S, layout: &Layout) -> Result<(S, Shape)> {
    match layout.contiguous_offsets() {
        Some((0, end)) if end == layout.shape().elem_count() => {
            Ok((storage.try_clone(layout)?, layout.shape().clone()))
        }
        _ => bail!("computed: expected a value with a storage of its own, found {layout:?}"),
    }
}
