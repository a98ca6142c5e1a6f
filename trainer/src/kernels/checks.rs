//! What the tests of fast implementations share: reproducible variables, values and gradients to compare.

use candle_core::{Device, Result, Tensor, Var};

pub(crate) fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

/// Reproducible numbers in −`scale` to `scale`.
pub(crate) fn wave(seed: usize, count: usize, scale: f32) -> Vec<f32> {
    (0..count)
        .map(|i| (((i + seed * 977) * 7919 % 1009) as f32 / 504.5 - 1.0) * scale)
        .collect()
}

pub(crate) fn variable(values: Vec<f32>, shape: &[usize]) -> Result<Var> {
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)
}

pub(crate) fn seeded(seed: usize, shape: &[usize]) -> Result<Var> {
    variable(wave(seed, shape.iter().product(), 1.0), shape)
}

pub(crate) fn gradients(loss: &Tensor, variables: &[&Var]) -> Result<Vec<Vec<f32>>> {
    let store = loss.backward()?;
    variables
        .iter()
        .map(|v| values(store.get(v).expect("gradient")))
        .collect()
}

pub(crate) fn assert_close(a: &[f32], b: &[f32], tolerance: f32) {
    assert_eq!(a.len(), b.len());
    let worst = a
        .iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst <= tolerance, "largest difference {worst}");
}

/// Compares two forms of an operation: their values, and the gradients of `Σ out · factor`. None may be 0 everywhere.
pub(crate) fn assert_equal_forms(
    forms: [Tensor; 2],
    factor: &Tensor,
    variables: &[&Var],
    tolerance: f32,
) -> Result<()> {
    let all = |out: &Tensor| {
        let gradients = gradients(&(out * factor)?.sum_all()?, variables)?;
        Ok::<_, candle_core::Error>([vec![values(out)?], gradients].concat())
    };
    for (a, b) in all(&forms[0])?.iter().zip(&all(&forms[1])?) {
        assert!(a.iter().any(|&value| value != 0.0), "a tensor is 0");
        assert_close(a, b, tolerance);
    }
    Ok(())
}
