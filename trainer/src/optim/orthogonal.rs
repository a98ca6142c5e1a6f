//! The orthogonal matrix near a gradient's average: the direction of Muon (Jordan et al. 2024).

use candle_core::{Result, Tensor};

/// The quintic polynomial whose iteration moves singular values of 0 to 1 towards 1.
const QUINTIC: [f64; 3] = [3.4445, -4.7750, 2.0315];

pub(crate) fn is_matrix(gradient: &Tensor) -> bool {
    gradient.dims().len() == 2 && gradient.dims().iter().all(|&d| d > 1)
}

/// A wide matrix with its singular values moved near 1: five Newton–Schulz iterations.
pub(crate) fn orthogonalised(matrix: &Tensor) -> Result<Tensor> {
    let norm = matrix.sqr()?.sum_all()?.sqrt()?;
    let mut x = matrix.broadcast_div(&(norm + 1e-12)?)?;
    let [a, b, c] = QUINTIC;
    for _ in 0..5 {
        let gram = x.matmul(&x.t()?)?;
        let polynomial = ((&gram * b)? + (gram.matmul(&gram)? * c)?)?;
        x = ((&x * a)? + polynomial.matmul(&x)?)?;
    }
    Ok(x)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn muon_moves_all_singular_directions_alike() -> Result<()> {
        // Singular values 8 and 0.5.
        let matrix = Tensor::new(&[[8_f32, 0.0, 0.0], [0.0, 0.3, 0.4]], &Device::Cpu)?;
        let near = orthogonalised(&matrix)?.to_vec2::<f32>()?;
        for (found, expected) in near.concat().iter().zip([1.0, 0.0, 0.0, 0.0, 0.6, 0.8]) {
            assert!((found - expected).abs() < 0.35, "{near:?}");
        }
        Ok(())
    }
}
