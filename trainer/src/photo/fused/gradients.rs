//! The buffers that gradients are added into: one set for each part of a batch.

use candle_core::{Device, Tensor};

use crate::error::Result;
use crate::kernels::linear::panels::padded;
use crate::photo::fused::step_weights::unit;
use crate::photo::network::{Layer, PhotoNetwork};

/// The gradients of one layer's parameters.
pub(crate) struct LayerGradients {
    /// A row of padded outputs for each input.
    pub(crate) weight: Vec<f32>,
    /// One value per padded output.
    pub(crate) bias: Vec<f32>,
}

/// The gradients of all parameters.
pub(crate) struct Gradients {
    pub(crate) layers: Vec<LayerGradients>,
}

impl Gradients {
    /// Starts with gradients of 0.
    pub(crate) fn zero(network: &PhotoNetwork) -> Self {
        let layer = |layer: &Layer| {
            let outputs = padded(layer.spec.outputs);
            let inputs: usize = layer
                .spec
                .sources
                .iter()
                .map(|s| network.source_width(s))
                .sum();
            LayerGradients {
                weight: vec![0.0; inputs * outputs],
                bias: vec![0.0; outputs],
            }
        };
        Self {
            layers: network.layers.iter().map(layer).collect(),
        }
    }

    /// Adds the gradients of another part.
    pub(crate) fn add(&mut self, other: &Self) {
        let add = |sum: &mut [f32], part: &[f32]| {
            sum.iter_mut().zip(part).for_each(|(s, p)| *s += p);
        };
        for (sum, part) in self.layers.iter_mut().zip(&other.layers) {
            add(&mut sum.weight, &part.weight);
            add(&mut sum.bias, &part.bias);
        }
    }

    /// The gradients times `factor`, in the order of the network's parameters.
    pub(crate) fn tensors(&self, network: &PhotoNetwork, factor: f32) -> Result<Vec<Tensor>> {
        let mut tensors = Vec::with_capacity(2 * self.layers.len());
        for (layer, sums) in network.layers.iter().zip(&self.layers) {
            let outputs = layer.spec.outputs;
            let units = layer.spec.sources.iter();
            let units = units.flat_map(|s| std::iter::repeat_n(unit(s), network.source_width(s)));
            let rows = sums.weight.chunks_exact(padded(outputs)).zip(units);
            let weight: Vec<f32> = rows
                .flat_map(|(row, unit)| row[..outputs].iter().map(move |g| g * (unit * factor)))
                .collect();
            let bias: Vec<f32> = sums.bias[..outputs].iter().map(|g| g * factor).collect();
            tensors.push(Tensor::from_vec(
                weight,
                layer.weight.shape(),
                &Device::Cpu,
            )?);
            tensors.push(Tensor::from_vec(bias, outputs, &Device::Cpu)?);
        }
        Ok(tensors)
    }
}
