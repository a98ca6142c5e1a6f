//! The parameters of one step, rounded or not, in the order in which the products read them.

use crate::error::Result;
use crate::kernels::grid::Grid;
use crate::kernels::linear::panels::{Panels, padded};
use crate::photo::layer::Source;
use crate::photo::network::{Layer, PhotoNetwork};

/// The parameters of one layer.
pub(crate) struct LayerWeights {
    /// Inputs × outputs.
    pub(crate) forward: Panels,
    /// Outputs × inputs, for each source that is a layer.
    pub(crate) backward: Vec<Option<Panels>>,
    /// One value per padded output.
    pub(crate) bias: Vec<f32>,
}

/// The parameters of all layers, to be laid out once while they stay the same.
pub(crate) struct StepWeights {
    pub(crate) layers: Vec<LayerWeights>,
    /// Whether values are rounded as in the exported model.
    pub(crate) rounds: bool,
}

impl StepWeights {
    /// Lays out the parameters unchanged, or rounded as in the exported model.
    pub(crate) fn new(network: &PhotoNetwork, rounds: bool) -> Result<Self> {
        let layer = |layer: &Layer| -> Result<LayerWeights> {
            let (weight, bias) = if rounds {
                let quantised = network.quantised(layer)?;
                (quantised.weight, quantised.bias)
            } else {
                (
                    layer.weight.flatten_all()?.to_vec1()?,
                    layer.bias.to_vec1()?,
                )
            };
            Ok(lay_out(network, layer, weight, bias))
        };
        Ok(Self {
            layers: network.layers.iter().map(layer).collect::<Result<_>>()?,
            rounds,
        })
    }
}

/// The size of a source's value in the unit of the weights: features are integers, outputs of layers real values.
pub(crate) fn unit(source: &Source) -> f32 {
    match source {
        Source::Context | Source::Own(_) => 1.0 / Grid::DIFFERENCE.scale(),
        Source::Layer(_) => 1.0,
    }
}

fn lay_out(
    network: &PhotoNetwork,
    layer: &Layer,
    mut weight: Vec<f32>,
    mut bias: Vec<f32>,
) -> LayerWeights {
    let outputs = layer.spec.outputs;
    let mut backward = Vec::with_capacity(layer.spec.sources.len());
    let mut rest = weight.as_mut_slice();
    for source in &layer.spec.sources {
        let (own, further) = rest.split_at_mut(network.source_width(source) * outputs);
        own.iter_mut().for_each(|w| *w *= unit(source));
        backward.push(match source {
            Source::Layer(_) => Some(Panels::transposed(own, outputs)),
            Source::Context | Source::Own(_) => None,
        });
        rest = further;
    }
    bias.resize(padded(outputs), 0.0);
    LayerWeights {
        forward: Panels::new(&weight, outputs),
        backward,
        bias,
    }
}
