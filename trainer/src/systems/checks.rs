//! What the tests of fast forms share: reproducible variables, and values with gradients to compare.

use candle_core::{Device, Result, Tensor, Var};

pub(super) fn variable(seed: usize, shape: &[usize]) -> Result<Var> {
    let count = shape.iter().product();
    let value = |i: usize| ((i + seed * 977) * 7919 % 1009) as f32 / 504.5 - 1.0;
    let values = (0..count).map(value).collect();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// The values of `out`, then the gradients of `Σ out · factor`.
pub(super) fn gradients(
    out: &Tensor,
    factor: &Tensor,
    variables: &[&Var],
) -> Result<Vec<Vec<f32>>> {
    let values = |tensor: &Tensor| tensor.flatten_all()?.to_vec1();
    let store = (out * factor)?.sum_all()?.backward()?;
    let gradients = variables.iter().map(|variable| match store.get(variable) {
        Some(gradient) => values(gradient),
        None => panic!("no gradient"),
    });
    std::iter::once(values(out)).chain(gradients).collect()
}

pub(super) fn assert_close(a: &[Vec<f32>], b: &[Vec<f32>], tolerance: f32) {
    assert_eq!(a.len(), b.len());
    for (index, (a, b)) in a.iter().zip(b).enumerate() {
        assert_eq!(a.len(), b.len());
        assert!(a.iter().any(|&value| value != 0.0), "tensor {index} is 0");
        let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        let worst = differences.fold(0.0, f32::max);
        assert!(
            worst <= tolerance,
            "tensor {index}: largest difference {worst}"
        );
    }
}
