//! Runs blocks of pixels through all layers: code lengths and, backwards, the gradients of their sum; or integer
//! logits.

use std::ops::Range;

use crate::kernels::grid::Grid;
use crate::kernels::linear::activation_gradient::ActivationGradient;
use crate::kernels::linear::panels::padded;
use crate::kernels::linear::product::{Finish, Product};
use crate::kernels::linear::rows::Rows;
use crate::kernels::linear::weight_gradient::WeightGradient;
use crate::kernels::pointwise::code_length::symbol_lengths;
use crate::photo::features::Examples;
use crate::photo::fused::gradients::Gradients;
use crate::photo::fused::step_weights::StepWeights;
use crate::photo::layer::{LayerSpec, Source};
use crate::photo::network::PhotoNetwork;

/// Pixels of a block: few enough that all their values stay in the second-level cache.
const BLOCK: usize = 64;

/// The values of a block of pixels in all layers, and their gradients. A row per pixel, padded.
pub(crate) struct Pass<'a> {
    network: &'a PhotoNetwork,
    weights: &'a StepWeights,
    outputs: Vec<Vec<f32>>,
    slopes: Vec<Vec<f32>>,
    /// Whether a layer's slopes have been set by a layer that reads it.
    reached: Vec<bool>,
    /// The code lengths of a channel.
    lengths: Vec<f32>,
}

/// Some of the examples.
struct Block<'a> {
    examples: &'a Examples,
    pixels: Range<usize>,
}

impl<'a> Pass<'a> {
    /// Creates the buffers of one thread.
    pub(crate) fn new(network: &'a PhotoNetwork, weights: &'a StepWeights) -> Self {
        let layers = network.layers.iter();
        let buffers: Vec<_> = layers
            .map(|layer| vec![0.0; BLOCK * padded(layer.spec.outputs)])
            .collect();
        Self {
            network,
            weights,
            outputs: buffers.clone(),
            reached: vec![false; buffers.len()],
            slopes: buffers,
            lengths: vec![0.0; BLOCK],
        }
    }

    /// The sum of the code lengths of all examples in bits.
    pub(crate) fn code_length(&mut self, examples: &Examples) -> f64 {
        let mut bits = 0.0;
        for block in blocks(examples) {
            self.forward(&block, None);
            bits += self.measure(&block);
        }
        bits
    }

    /// The sum of the code lengths of all examples in bits. Adds its gradients.
    pub(crate) fn learn(&mut self, examples: &Examples, gradients: &mut Gradients) -> f64 {
        let mut bits = 0.0;
        for block in blocks(examples) {
            self.forward(&block, None);
            bits += self.measure(&block);
            self.backward(&block, gradients);
        }
        bits
    }

    /// The integer logits in sixteenths of a bit: 256 per pixel, for each channel.
    pub(crate) fn integer_logits(&mut self, examples: &Examples) -> Vec<Vec<u8>> {
        let mut logits = vec![Vec::with_capacity(256 * examples.pixels); self.network.heads.len()];
        let unit = Grid::LOGIT.scale();
        for block in blocks(examples) {
            self.forward(&block, Some(Grid::LOGIT));
            for (logits, &head) in logits.iter_mut().zip(&self.network.heads) {
                let outputs = &self.outputs[head][..256 * block.pixels.len()];
                logits.extend(outputs.iter().map(|&logit| (logit * unit) as u8));
            }
        }
        logits
    }

    /// The outputs of all layers. Heads give sums without bias, or values of the grid `heads`.
    fn forward(&mut self, block: &Block<'_>, heads: Option<Grid>) {
        for (index, layer) in self.network.layers.iter().enumerate() {
            let weights = &self.weights.layers[index];
            let (before, own) = self.outputs.split_at_mut(index);
            let residual = layer.spec.residual.map(|i| {
                let width = padded(self.network.layers[i].spec.outputs);
                Rows::dense(&before[i], width)
            });
            let grid = match self.network.heads.contains(&index) {
                true => heads,
                false => Some(layer.spec.grid),
            };
            Product {
                sources: &self.network.sources(&layer.spec, block, before),
                weight: &weights.forward,
                finish: grid.map_or(Finish::Store, |grid| Finish::Activate {
                    bias: &weights.bias,
                    residual,
                    grid,
                    rounds: self.weights.rounds,
                }),
                pixels: block.pixels.len(),
                out: &mut own[0],
            }
            .run();
        }
    }

    /// The code lengths of a block from the sums of its heads, and the slopes of those sums.
    fn measure(&mut self, block: &Block<'_>) -> f64 {
        let pixels = block.pixels.len();
        let mut bits = 0.0;
        for (channel, &head) in self.network.heads.iter().enumerate() {
            symbol_lengths(
                &self.outputs[head][..256 * pixels],
                &self.weights.layers[head].bias,
                &block.examples.symbols[channel][block.pixels.clone()],
                self.weights.rounds,
                &mut self.lengths[..pixels],
                &mut self.slopes[head][..256 * pixels],
            );
            self.reached[head] = true;
            bits += self.lengths[..pixels]
                .iter()
                .copied()
                .map(f64::from)
                .sum::<f64>();
        }
        bits
    }

    /// Adds the gradients of a block, last layer first.
    fn backward(&mut self, block: &Block<'_>, gradients: &mut Gradients) {
        for index in (0..self.network.layers.len()).rev() {
            self.activation_gradient(index, block.pixels.len(), &mut gradients.layers[index].bias);
            self.weight_gradient(index, block, &mut gradients.layers[index].weight);
            self.source_slopes(index, block.pixels.len());
            self.reached[index] = false;
        }
    }

    fn activation_gradient(&mut self, index: usize, pixels: usize, bias: &mut [f32]) {
        let is_head = self.network.heads.contains(&index);
        let count = pixels * bias.len();
        ActivationGradient {
            range: (!is_head).then(|| self.network.layers[index].spec.grid.range()),
            values: &self.outputs[index][..count],
            gradient: &mut self.slopes[index][..count],
            bias,
        }
        .run();
    }

    fn weight_gradient(&self, index: usize, block: &Block<'_>, mut out: &mut [f32]) {
        let spec = &self.network.layers[index].spec;
        let width = padded(spec.outputs);
        for source in self.network.sources(spec, block, &self.outputs) {
            let (own, rest) = out.split_at_mut(source.width * width);
            WeightGradient {
                source,
                gradient: Rows::dense(&self.slopes[index], width),
                pixels: block.pixels.len(),
                out: own,
            }
            .run();
            out = rest;
        }
    }

    /// Sets the slopes of the layers that a layer reads, or adds to them. Features need none.
    fn source_slopes(&mut self, index: usize, pixels: usize) {
        let spec = &self.network.layers[index].spec;
        let (before, own) = self.slopes.split_at_mut(index);
        let slopes = &own[0];
        if let Some(residual) = spec.residual {
            let sum = &mut before[residual];
            let slopes = &slopes[..pixels * padded(spec.outputs)];
            match self.reached[residual] {
                true => sum.iter_mut().zip(slopes).for_each(|(s, g)| *s += g),
                false => sum[..slopes.len()].copy_from_slice(slopes),
            }
            self.reached[residual] = true;
        }
        for (source, panels) in spec
            .sources
            .iter()
            .zip(&self.weights.layers[index].backward)
        {
            let (&Source::Layer(i), Some(panels)) = (source, panels) else {
                continue;
            };
            let gradient = Rows {
                values: slopes,
                stride: padded(spec.outputs),
                width: spec.outputs,
            };
            Product {
                sources: &[gradient],
                weight: panels,
                finish: if self.reached[i] {
                    Finish::Add
                } else {
                    Finish::Store
                },
                pixels,
                out: &mut before[i],
            }
            .run();
            self.reached[i] = true;
        }
    }
}

fn blocks(examples: &Examples) -> impl Iterator<Item = Block<'_>> {
    (0..examples.pixels).step_by(BLOCK).map(move |first| Block {
        examples,
        pixels: first..(first + BLOCK).min(examples.pixels),
    })
}

impl PhotoNetwork {
    /// The values that a layer reads, from the features of a block and the outputs of earlier layers.
    fn sources<'b>(
        &self,
        spec: &LayerSpec,
        block: &Block<'b>,
        outputs: &'b [Vec<f32>],
    ) -> Vec<Rows<'b>> {
        let rows = |source: &Source| match *source {
            Source::Context => {
                let width = self.config.features();
                let first = block.pixels.start * width;
                Rows::dense(&block.examples.context[first..], width)
            }
            Source::Own(k) => Rows::dense(&block.examples.own[k][block.pixels.start..], 1),
            Source::Layer(i) => Rows {
                values: &outputs[i],
                stride: padded(self.layers[i].spec.outputs),
                width: self.layers[i].spec.outputs,
            },
        };
        spec.sources.iter().map(rows).collect()
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use super::*;
    use crate::data::crop::Crop;
    use crate::error::Result;
    use crate::kernels::checks::{assert_close, values, wave};
    use crate::kernels::form::Form;
    use crate::kernels::pointwise::code_length::sum_of;
    use crate::photo::config::{PhotoConfig, Precision};

    /// Odd widths, so that panels and tiles have rests, and more pixels than two blocks.
    fn network(trunk: Precision) -> Result<PhotoNetwork> {
        let config = PhotoConfig {
            width: 23,
            head_width: 18,
            basis: 17,
            blocks: 2,
            reach: 2,
            trunk,
            ..PhotoConfig::photo(3)
        };
        let network = PhotoNetwork::new(&config, 1, &Device::Cpu)?;
        // Initial weights of 0 would hide most gradients.
        for (seed, (name, var)) in network.parameters().into_iter().enumerate() {
            if !name.ends_with(".basis.bias") {
                let scale = if name.ends_with("weight") { 0.3 } else { 1.0 };
                let values = wave(seed, var.elem_count(), scale);
                var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu)?)?;
            }
        }
        Ok(network)
    }

    fn examples(network: &PhotoNetwork) -> Examples {
        let samples = (0..17 * 9 * 3).map(|i| (i * i / 7 % 251) as u8).collect();
        let crop = Crop {
            width: 17,
            height: 9,
            channels: 3,
            samples,
            margin: 0,
            top: 0,
        };
        let mut examples = Examples::new(3);
        examples.push_crop(&crop, &network.config, &network.config.taps());
        examples
    }

    #[test]
    fn the_fused_pass_equals_candles_operations() -> Result<()> {
        for (trunk, rounds) in [
            (Precision::Wide, false),
            (Precision::Wide, true),
            (Precision::Int8, true),
        ] {
            let network = network(trunk)?;
            let examples = examples(&network);
            let rounded = rounds.then(|| network.rounded()).transpose()?;
            let network = network.with_form(Form::Composed);
            let lengths = network.code_lengths(&network.batch(&examples)?, rounded.as_ref())?;
            let total = sum_of(&lengths)?.sum_all()?;
            let store = total.backward()?;

            let weights = StepWeights::new(&network, rounds)?;
            let mut gradients = Gradients::zero(&network);
            let bits = Pass::new(&network, &weights).learn(&examples, &mut gradients);
            let expected = f64::from(total.to_scalar::<f32>()?);
            assert!(
                (bits - expected).abs() < 1e-5 * expected,
                "{bits} {expected}"
            );
            let tensors = gradients.tensors(&network, 1.0)?;
            for ((name, var), found) in network.parameters().iter().zip(&tensors) {
                let expected = values(store.get(var).expect("a gradient"))?;
                let size = expected.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
                assert!(size > 0.0, "{name} has no gradient");
                assert_close(&values(found)?, &expected, 2e-5 * size);
            }
        }
        Ok(())
    }

    #[test]
    fn integer_logits_equal_those_of_candles_operations() -> Result<()> {
        for trunk in [Precision::Wide, Precision::Int8] {
            let network = network(trunk)?;
            let examples = examples(&network);
            let expected =
                network.integer_logits(&network.batch(&examples)?, &network.rounded()?)?;
            let weights = StepWeights::new(&network, true)?;
            let found = Pass::new(&network, &weights).integer_logits(&examples);
            for (found, expected) in found.iter().zip(expected) {
                assert_eq!(*found, expected.flatten_all()?.to_vec1::<u8>()?);
                assert!(found.iter().any(|&logit| logit != found[0]));
            }
        }
        Ok(())
    }
}
