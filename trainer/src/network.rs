//! A network as a list of layers: the same list is trained, evaluated and exported.
//!
//! Every layer is a 1×1 convolution over the concatenation of its sources, plus an optional residual, clipped and rounded
//! to a [`Grid`]. The wide masked first layer of the PixelCNN is a 1×1 layer over the gathered causal neighbourhood.

use candle_core::{DType, Device, Tensor, Var};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::config::{NetworkConfig, Precision};
use crate::features::Examples;
use crate::fused::{code_length, requantise, straight_through};
use crate::numeric::{Grid, QuantisedLayer, SumBound, quantise_int8, quantise_wide};
use crate::{Error, Result};

/// Where a layer reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The context features, `F` values of [`Grid::DIFFERENCE`].
    Context,
    /// The pixel's own channel `k`, one value of [`Grid::DIFFERENCE`].
    Own(usize),
    /// The output of an earlier layer.
    Layer(usize),
}

/// The structure of one layer.
#[derive(Clone, Debug)]
pub struct LayerSpec {
    /// Unique name, also of its tensors in a checkpoint and of its nodes in the model.
    pub name: String,
    /// What is concatenated to form the input.
    pub sources: Vec<Source>,
    /// The layer whose output is added to the product.
    pub residual: Option<usize>,
    /// Output channels.
    pub outputs: usize,
    /// The values of the output.
    pub grid: Grid,
    /// The numeric form.
    pub precision: Precision,
}

/// A layer with its trainable parameters.
pub struct Layer {
    /// The structure.
    pub spec: LayerSpec,
    /// `[inputs, outputs]`.
    pub weight: Var,
    /// `[outputs]`.
    pub bias: Var,
}

/// A local PixelCNN and its parameters.
pub struct Network {
    /// The configuration that it was built from.
    pub config: NetworkConfig,
    /// The layers, each after those it reads.
    pub layers: Vec<Layer>,
    /// For each channel, the layer that gives its logits.
    pub heads: Vec<usize>,
    device: Device,
}

/// The weights of all layers as the exported model has them, see [`Network::rounded`].
pub struct Rounded(Vec<QuantisedLayer>);

/// A batch on the network's device.
pub struct Batch {
    /// `[pixels, F]` features in units of [`Grid::DIFFERENCE`].
    pub context: Tensor,
    /// For each channel but the last, `[pixels, 1]`.
    pub own: Vec<Tensor>,
    /// For each channel, u32 `[pixels]`.
    pub symbols: Vec<Tensor>,
}

impl Network {
    /// A freshly initialised network.
    pub fn new(config: &NetworkConfig, seed: u64, device: &Device) -> Result<Self> {
        let mut builder = Builder {
            config,
            specs: Vec::new(),
        };
        let heads = builder.build();
        let specs = builder.specs;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let layers = specs
            .iter()
            .map(|spec| {
                let (weight, bias) =
                    initial_parameters(spec, inputs(&specs, config, spec), &mut rng);
                let shape = (bias.len(), weight.len() / bias.len());
                Ok(Layer {
                    spec: spec.clone(),
                    weight: Var::from_tensor(&Tensor::from_vec(
                        weight,
                        (shape.1, shape.0),
                        device,
                    )?)?,
                    bias: Var::from_tensor(&Tensor::from_vec(bias, shape.0, device)?)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            config: config.clone(),
            layers,
            heads,
            device: device.clone(),
        })
    }

    /// The trainable tensors with their names in a checkpoint.
    pub fn parameters(&self) -> Vec<(String, &Var)> {
        let pair = |layer: &'_ Layer, part: &str| format!("{}.{part}", layer.spec.name);
        self.layers
            .iter()
            .flat_map(|l| [(pair(l, "weight"), &l.weight), (pair(l, "bias"), &l.bias)])
            .collect()
    }

    /// The grids of a layer's inputs, one entry per input channel.
    pub fn input_grids(&self, spec: &LayerSpec) -> Vec<Grid> {
        let repeat = |source: &Source| match *source {
            Source::Context => vec![Grid::DIFFERENCE; self.config.features()],
            Source::Own(_) => vec![Grid::DIFFERENCE],
            Source::Layer(i) => vec![self.layers[i].spec.grid; self.layers[i].spec.outputs],
        };
        spec.sources.iter().flat_map(repeat).collect()
    }

    /// Multiplications per pixel.
    pub fn multiplications(&self) -> usize {
        self.layers.iter().map(|l| l.weight.elem_count()).sum()
    }

    /// The layer's weights as the exported model has them.
    pub fn quantised(&self, layer: &Layer) -> Result<QuantisedLayer> {
        let weight = layer.weight.flatten_all()?.to_vec1()?;
        let bias: Vec<f32> = layer.bias.to_vec1()?;
        let inputs = self.input_grids(&layer.spec);
        let residual = layer.spec.residual.map(|i| self.layers[i].spec.grid);
        let bound = SumBound {
            inputs: &inputs,
            residual,
        };
        Ok(match layer.spec.precision {
            Precision::Wide => quantise_wide(&weight, &bias, &bound),
            Precision::Int8 => quantise_int8(&weight, &bias, &bound),
        })
    }

    /// Moves examples to the network's device.
    pub fn batch(&self, examples: &Examples) -> Result<Batch> {
        let unit = f64::from(Grid::DIFFERENCE.scale());
        let tensor = |values: &[f32], width: usize| -> Result<Tensor> {
            Ok((Tensor::from_slice(values, (examples.pixels, width), &self.device)? / unit)?)
        };
        Ok(Batch {
            context: tensor(&examples.context, self.config.features())?,
            own: examples
                .own
                .iter()
                .map(|o| tensor(o, 1))
                .collect::<Result<_>>()?,
            symbols: examples
                .symbols
                .iter()
                .map(|s| Ok(Tensor::from_slice(s, examples.pixels, &self.device)?))
                .collect::<Result<_>>()?,
        })
    }

    /// All layers' weights as the exported model has them, to be computed once while the parameters stay the same.
    pub fn rounded(&self) -> Result<Rounded> {
        let layers = self.layers.iter().map(|layer| self.quantised(layer));
        Ok(Rounded(layers.collect::<Result<_>>()?))
    }

    /// For each channel, the code length in bits of each pixel (`[pixels]`): of the rounded network, or in float.
    pub fn code_lengths(&self, batch: &Batch, rounded: Option<&Rounded>) -> Result<Vec<Tensor>> {
        let heads = self.forward(batch, rounded)?;
        heads
            .iter()
            .zip(&batch.symbols)
            .map(|(head, symbols)| {
                Ok(code_length(
                    &head.product,
                    &head.bias,
                    symbols,
                    rounded.is_some(),
                )?)
            })
            .collect()
    }

    /// For each channel, the logits in sixteenths of a bit, `[pixels, 256]`, as the exported model gives them.
    pub fn integer_logits(&self, batch: &Batch, rounded: &Rounded) -> Result<Vec<Tensor>> {
        let heads = self.forward(batch, Some(rounded))?;
        let unit = f64::from(Grid::LOGIT.scale());
        heads
            .iter()
            .map(|head| {
                let logits = requantise(&head.product, &head.bias, None, Grid::LOGIT, true)?;
                Ok((logits * unit)?.to_dtype(DType::U8)?)
            })
            .collect()
    }

    fn forward(&self, batch: &Batch, rounded: Option<&Rounded>) -> Result<Vec<Product>> {
        let mut outputs: Vec<Option<Tensor>> = Vec::with_capacity(self.layers.len());
        let mut heads = Vec::with_capacity(self.heads.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let weights = rounded.map(|rounded| &rounded.0[index]);
            let product = self.product(layer, batch, &outputs, weights)?;
            if self.heads.contains(&index) {
                heads.push(product);
                outputs.push(None);
                continue;
            }
            let residual = layer
                .spec
                .residual
                .map(|i| layer_output(&outputs, i))
                .transpose()?;
            outputs.push(Some(requantise(
                &product.product,
                &product.bias,
                residual,
                layer.spec.grid,
                rounded.is_some(),
            )?));
        }
        Ok(heads)
    }

    fn product(
        &self,
        layer: &Layer,
        batch: &Batch,
        outputs: &[Option<Tensor>],
        weights: Option<&QuantisedLayer>,
    ) -> Result<Product> {
        let sources = layer
            .spec
            .sources
            .iter()
            .map(|source| match *source {
                Source::Context => Ok(&batch.context),
                Source::Own(k) => Ok(&batch.own[k]),
                Source::Layer(i) => layer_output(outputs, i),
            })
            .collect::<Result<Vec<_>>>()?;
        let input = if sources.len() == 1 {
            sources[0].clone()
        } else {
            Tensor::cat(&sources, 1)?
        };
        let (weight, bias) = match weights {
            Some(rounded) => (
                straight_through(&layer.weight, rounded.weight.clone())?,
                straight_through(&layer.bias, rounded.bias.clone())?,
            ),
            None => (
                layer.weight.as_tensor().clone(),
                layer.bias.as_tensor().clone(),
            ),
        };
        Ok(Product {
            product: input.matmul(&weight)?,
            bias,
        })
    }
}

struct Product {
    product: Tensor,
    bias: Tensor,
}

fn layer_output(outputs: &[Option<Tensor>], index: usize) -> Result<&Tensor> {
    outputs[index].as_ref().ok_or_else(|| Error::Argument {
        argument: "network",
        reason: format!("layer {index} gives logits and cannot be read by another layer"),
    })
}

fn inputs(specs: &[LayerSpec], config: &NetworkConfig, spec: &LayerSpec) -> usize {
    let width = |source: &Source| match *source {
        Source::Context => config.features(),
        Source::Own(_) => 1,
        Source::Layer(i) => specs[i].outputs,
    };
    spec.sources.iter().map(width).sum()
}

struct Builder<'a> {
    config: &'a NetworkConfig,
    specs: Vec<LayerSpec>,
}

impl Builder<'_> {
    /// Lists the layers; returns the index of each channel's last.
    fn build(&mut self) -> Vec<usize> {
        let config = self.config;
        let trunk_grid = self.trunk_grid();
        let mut trunk = self.push("first", vec![Source::Context], config.width, trunk_grid);
        for block in 0..config.blocks {
            let inner = self.push(
                &format!("block{block}.a"),
                vec![Source::Layer(trunk)],
                config.width,
                trunk_grid,
            );
            self.specs[inner].precision = config.trunk;
            let outer = self.push(
                &format!("block{block}.b"),
                vec![Source::Layer(inner)],
                config.width,
                trunk_grid,
            );
            self.specs[outer].precision = config.trunk;
            self.specs[outer].residual = Some(trunk);
            trunk = outer;
        }
        (0..config.channels())
            .map(|channel| self.push_head(channel, trunk))
            .collect()
    }

    /// The values of the trunk's and the heads' hidden units.
    fn trunk_grid(&self) -> Grid {
        match self.config.trunk {
            Precision::Wide => Grid::WIDE,
            Precision::Int8 => Grid::BYTE,
        }
    }

    fn push_head(&mut self, channel: usize, trunk: usize) -> usize {
        let mut sources = vec![Source::Layer(trunk)];
        sources.extend((0..channel).map(Source::Own));
        let hidden = self.push(
            &format!("head{channel}.hidden"),
            sources,
            self.config.head_width,
            self.trunk_grid(),
        );
        self.specs[hidden].precision = self.config.trunk;
        let coefficients = self.push(
            &format!("head{channel}.coefficients"),
            vec![Source::Layer(hidden)],
            self.config.basis,
            Grid::COEFFICIENT,
        );
        self.push(
            &format!("head{channel}.basis"),
            vec![Source::Layer(coefficients)],
            256,
            Grid::LOGIT,
        )
    }

    fn push(&mut self, name: &str, sources: Vec<Source>, outputs: usize, grid: Grid) -> usize {
        let precision = Precision::Wide;
        self.specs.push(LayerSpec {
            name: name.into(),
            sources,
            residual: None,
            outputs,
            grid,
            precision,
        });
        self.specs.len() - 1
    }
}

/// Weight (`inputs × outputs`) and bias of a new layer.
fn initial_parameters(spec: &LayerSpec, inputs: usize, rng: &mut impl Rng) -> (Vec<f32>, Vec<f32>) {
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

/// `count` functions of the signed residual, `count × 256`, in bits: a log-logistic density and its tilt for each scale, spikes at
/// 0 and around it, and small noise for the rest.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augmentation::Crop;
    use crate::checkpoint;
    use crate::optimiser::Optimiser;

    fn examples(config: &NetworkConfig) -> Examples {
        let samples = (0..40 * 24 * config.channels())
            .map(|i| (i * i / 7 % 251) as u8)
            .collect();
        let crop = Crop {
            width: 40,
            height: 24,
            channels: config.channels(),
            samples,
            margin: 0,
            top: 0,
        };
        let mut examples = Examples::new(config.channels());
        examples.push_crop(&crop, config, &config.taps());
        examples
    }

    #[test]
    fn sums_do_not_depend_on_the_order_of_pixels() -> Result<()> {
        for trunk in [Precision::Wide, Precision::Int8] {
            let config = NetworkConfig {
                trunk,
                ..NetworkConfig::photo(3)
            };
            let network = Network::new(&config, 1, &Device::Cpu)?;
            let batch = network.batch(&examples(&config))?;
            let rounded = network.rounded()?;
            let logits = network.integer_logits(&batch, &rounded)?;
            let one = Batch {
                context: batch.context.narrow(0, 17, 1)?.contiguous()?,
                own: batch
                    .own
                    .iter()
                    .map(|o| Ok(o.narrow(0, 17, 1)?))
                    .collect::<Result<_>>()?,
                symbols: batch
                    .symbols
                    .iter()
                    .map(|s| Ok(s.narrow(0, 17, 1)?))
                    .collect::<Result<_>>()?,
            };
            for (all, alone) in logits.iter().zip(network.integer_logits(&one, &rounded)?) {
                assert_eq!(
                    all.get(17)?.to_vec1::<u8>()?,
                    alone.get(0)?.to_vec1::<u8>()?
                );
            }
        }
        Ok(())
    }

    #[test]
    fn further_blocks_begin_as_the_identity() -> Result<()> {
        let with_blocks = |blocks, seed| {
            let config = NetworkConfig {
                width: 16,
                blocks,
                ..NetworkConfig::photo(1)
            };
            Network::new(&config, seed, &Device::Cpu)
        };
        let (small, large) = (with_blocks(1, 3)?, with_blocks(3, 4)?);
        let folder = tempfile::tempdir().expect("a folder");
        let tensors = small.parameters().into_iter();
        let tensors = tensors.map(|(name, var)| (name, var.as_tensor().clone()));
        checkpoint::write_tensors(
            &folder.path().join("weights.safetensors"),
            &tensors.collect(),
        )?;

        let mut optimiser = Optimiser::new(large.parameters())?;
        let fresh =
            checkpoint::initialise_from(folder.path(), &mut optimiser, &Device::Cpu, |name| {
                small.config.has_block_of(name).then(|| name.into())
            })?;
        assert!(!fresh.is_empty() && fresh.iter().all(|name| name.starts_with("block")));
        let lengths = |network: &Network| -> Result<Vec<f32>> {
            let batch = network.batch(&examples(&network.config))?;
            let lengths = network.code_lengths(&batch, None)?;
            Ok(lengths[0].flatten_all()?.to_vec1()?)
        };
        assert_eq!(lengths(&small)?, lengths(&large)?);
        Ok(())
    }

    #[test]
    fn a_channel_depends_on_the_channels_before_it_only() -> Result<()> {
        let config = NetworkConfig::photo(3);
        let network = Network::new(&config, 2, &Device::Cpu)?;
        for layer in &network.layers {
            let (weight, bias) = initial_parameters(
                &LayerSpec {
                    name: "random".into(),
                    residual: None,
                    ..layer.spec.clone()
                },
                layer.weight.dim(0)?,
                &mut ChaCha8Rng::seed_from_u64(9),
            );
            layer.weight.set(&Tensor::from_vec(
                weight,
                layer.weight.shape(),
                &Device::Cpu,
            )?)?;
            layer
                .bias
                .set(&Tensor::from_vec(bias, layer.bias.shape(), &Device::Cpu)?)?;
        }
        let mut changed = examples(&config);
        let rounded = network.rounded()?;
        let before = network.integer_logits(&network.batch(&changed)?, &rounded)?;
        changed.own[1]
            .iter_mut()
            .for_each(|e| *e = 100.0 - *e / 2.0);
        let after = network.integer_logits(&network.batch(&changed)?, &rounded)?;
        let same = |c: usize| -> Result<bool> {
            Ok(before[c].to_vec2::<u8>()? == after[c].to_vec2::<u8>()?)
        };
        assert!(same(0)? && same(1)? && !same(2)?);
        Ok(())
    }
}
