//! The weights of a photo network between integers.
//!
//! A tensor of the trainer is `integer · 2^−step`; in the graph it is the integer. The weight from an input of step `i`
//! to an output of step `o` becomes `w · 2^(o − i)` and the bias `b · 2^o`: powers of two, so nothing is rounded again.

use pxc_trainer::kernels::grid::Grid;
use pxc_trainer::kernels::quantisation::QuantisedLayer;
use pxc_trainer::photo::network::Layer;

use crate::error::{Error, Result};

/// Weights `[outputs, inputs]` and bias between integers.
pub(crate) fn integer_weights(
    layer: &Layer,
    quantised: &QuantisedLayer,
    inputs: &[Grid],
) -> (Vec<f32>, Vec<f32>) {
    let outputs = layer.spec.outputs;
    let unit = layer.spec.grid.scale();
    let mut weight = Vec::with_capacity(quantised.weight.len());
    for m in 0..outputs {
        weight.extend(
            inputs
                .iter()
                .enumerate()
                .map(|(i, g)| quantised.weight[i * outputs + m] * unit / g.scale()),
        );
    }
    (weight, quantised.bias.iter().map(|b| b * unit).collect())
}

/// One row of the weights of a `QLinearConv`.
pub(crate) struct Int8Row {
    pub(crate) weight: Vec<i8>,
    pub(crate) bias: i32,
    /// Fractional bits of the weights.
    pub(crate) shift: u32,
}

/// One output of a `QLinearConv` on [`Grid::BYTE`]: weights in units of `2^−shift`.
pub(crate) fn int8_row(
    layer: &Layer,
    quantised: &QuantisedLayer,
    inputs: &[Grid],
    m: usize,
) -> Result<Int8Row> {
    let outputs = layer.spec.outputs;
    let fraction = quantised.fraction[m];
    let shift = u32::try_from(fraction).map_err(|_| {
        refused(
            layer,
            "weights of at most 64",
            format!("row {m} with 2^{fraction}"),
        )
    })?;
    let unit = (fraction as f32).exp2();
    let mut weight = Vec::new();
    for (input, grid) in inputs.iter().enumerate() {
        let w = (quantised.weight[input * outputs + m] * unit) as i8;
        weight.push(w);
        if grid.low < 0 {
            weight.push(-w);
        }
    }
    if layer.spec.residual.is_some() {
        weight.extend((0..outputs).map(|j| if j == m { unit as i8 } else { 0 }));
    }
    let bias = (quantised.bias[m] * unit * Grid::BYTE.scale()) as i32;
    Ok(Int8Row {
        weight,
        bias,
        shift,
    })
}

/// The error of a layer that has no integer form.
pub(crate) fn refused(layer: &Layer, expected: &'static str, found: String) -> Error {
    Error::Layer {
        layer: layer.spec.name.clone(),
        expected,
        found,
    }
}
