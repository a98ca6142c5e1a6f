//! The initial weights of a photo network: an average distribution of residuals at the output, random features before
//! it.

use rand::{Rng, RngExt};

use crate::photo::layer::LayerSpec;

/// The weight (`inputs × outputs`) and the bias of a new layer.
pub(crate) fn initial_parameters(
    spec: &LayerSpec,
    inputs: usize,
    rng: &mut impl Rng,
) -> (Vec<f32>, Vec<f32>) {
    let outputs = spec.outputs;
    if spec.name.ends_with(".basis") {
        return (basis_functions(inputs, rng), vec![14.0; outputs]);
    }
    if spec.name.ends_with(".coefficients") {
        let mut bias = vec![0.0; outputs];
        // A sum of the shapes of scales 2 and 8: the mean shape of photographic residuals.
        bias[2 * 2] = 2.0;
        bias[2 * 4] = 4.0;
        return (vec![0.0; inputs * outputs], bias);
    }
    if spec.residual.is_some() {
        return (vec![0.0; inputs * outputs], vec![0.0; outputs]);
    }
    let range = 1.0 / (inputs as f32).sqrt();
    let mut uniform = |count: usize| {
        (0..count)
            .map(|_| rng.random_range(-range..range))
            .collect()
    };
    (uniform(inputs * outputs), uniform(outputs))
}

/// Scales of the log-logistic shapes and of their tilts.
const SCALES: [f32; 7] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

/// `count` functions of the signed residual, `count × 256`, in bits: a log-logistic density and its tilt for each
/// scale, spikes at 0 and around it, and small noise for the rest.
fn basis_functions(count: usize, rng: &mut impl Rng) -> Vec<f32> {
    let residual = |symbol: usize| {
        if symbol > 127 {
            symbol as f32 - 256.0
        } else {
            symbol as f32
        }
    };
    let mut table = Vec::with_capacity(count * 256);
    for scale in SCALES {
        table.extend((0..256).map(|symbol| {
            let z = (residual(symbol) / (2.0 * scale)).abs();
            (-2.0 * (z + (-2.0 * z).exp().ln_1p()) / 8.0).max(-6.0)
        }));
        table.extend((0..256).map(|symbol| (residual(symbol) / (2.0 * scale)).tanh()));
    }
    table.extend((0..256).map(|symbol| f32::from(u8::from(residual(symbol) == 0.0))));
    table.extend((0..256).map(|symbol| f32::from(u8::from(residual(symbol).abs() <= 1.0))));
    let known = (table.len() / 256).min(count);
    table.truncate(known * 256);
    table
        .iter_mut()
        .for_each(|v| *v *= std::f32::consts::LOG2_E);
    table.extend((0..(count - known) * 256).map(|_| rng.random_range(-0.03_f32..0.03)));
    table
}
