//! A network as a list of layers with their parameters: the same list is trained, evaluated and exported.
//!
//! Every layer is a 1×1 convolution over the concatenation of its sources, plus an optional residual, clipped and
//! rounded to a [`Grid`]. The wide masked first layer of the PixelCNN is a 1×1 layer over the gathered causal
//! neighbourhood.

use candle_core::{Device, Tensor, Var};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::error::Result;
use crate::kernels::form::Form;
use crate::kernels::grid::Grid;
use crate::kernels::quantisation::{QuantisedLayer, SumBound, quantise_int8, quantise_wide};
use crate::photo::config::{PhotoConfig, Precision};
use crate::photo::features::Examples;
use crate::photo::initial::initial_parameters;
use crate::photo::layer::{LayerSpec, Source, inputs, layers};

/// A layer with its trainable parameters.
pub struct Layer {
    /// The structure.
    pub spec: LayerSpec,
    /// `[inputs, outputs]`.
    pub weight: Var,
    /// `[outputs]`.
    pub bias: Var,
}

impl Layer {
    fn new(spec: &LayerSpec, inputs: usize, rng: &mut impl Rng, device: &Device) -> Result<Layer> {
        let (weight, bias) = initial_parameters(spec, inputs, rng);
        let weight = Tensor::from_vec(weight, (inputs, spec.outputs), device)?;
        let bias = Tensor::from_vec(bias, spec.outputs, device)?;
        Ok(Layer {
            spec: spec.clone(),
            weight: Var::from_tensor(&weight)?,
            bias: Var::from_tensor(&bias)?,
        })
    }
}

/// A local PixelCNN and its parameters.
pub struct PhotoNetwork {
    /// The configuration that it was built from.
    pub config: PhotoConfig,
    /// The layers, each after those it reads.
    pub layers: Vec<Layer>,
    /// The layers that give the logits of each channel.
    pub heads: Vec<usize>,
    device: Device,
    pub(crate) form: Form,
}

/// The weights of all layers of the exported model, see [`PhotoNetwork::rounded`].
pub struct RoundedPhotoNetwork(pub(crate) Vec<QuantisedLayer>);

/// A batch on the network's device.
pub struct Batch {
    /// `[pixels, F]` features in units of [`Grid::DIFFERENCE`].
    pub context: Tensor,
    /// The own channels, `[pixels, 1]` each, without the last.
    pub own: Vec<Tensor>,
    /// The symbols of each channel, u32 `[pixels]`.
    pub symbols: Vec<Tensor>,
}

impl PhotoNetwork {
    /// Creates a network with initial weights.
    pub fn new(config: &PhotoConfig, seed: u64, device: &Device) -> Result<Self> {
        let (specs, heads) = layers(config);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let layer =
            |spec: &LayerSpec| Layer::new(spec, inputs(&specs, config, spec), &mut rng, device);
        Ok(Self {
            config: config.clone(),
            layers: specs.iter().map(layer).collect::<Result<_>>()?,
            heads,
            device: device.clone(),
            form: Form::of(device),
        })
    }

    /// Trains in `form` from now on, instead of the faster one for the device.
    pub fn with_form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// Copies the network, so that the copy may change without this one.
    ///
    /// # Errors
    /// When Candle fails.
    pub fn copied(&self) -> Result<Self> {
        let copy = Self::new(&self.config, 0, &self.device)?;
        copy.take(self)?;
        Ok(copy)
    }

    /// Takes the parameters of a network of the same configuration.
    pub(crate) fn take(&self, other: &Self) -> Result<()> {
        for ((_, own), (_, others)) in self.parameters().into_iter().zip(other.parameters()) {
            own.set(&others.as_tensor().copy()?)?;
        }
        Ok(())
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

    /// The input channels that a source gives.
    pub(crate) fn source_width(&self, source: &Source) -> usize {
        match *source {
            Source::Context => self.config.features(),
            Source::Own(_) => 1,
            Source::Layer(i) => self.layers[i].spec.outputs,
        }
    }

    /// Multiplications per pixel.
    pub(crate) fn multiplications(&self) -> usize {
        self.layers.iter().map(|l| l.weight.elem_count()).sum()
    }

    /// The layer's weights in the exported model.
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
        let features = |values: &[f32], width: usize| -> Result<Tensor> {
            Ok((Tensor::from_slice(values, (examples.pixels, width), &self.device)? / unit)?)
        };
        let symbols = |symbols: &Vec<u32>| {
            let symbols = Tensor::from_slice(symbols, examples.pixels, &self.device)?;
            Ok(symbols)
        };
        let own = examples.own.iter().map(|own| features(own, 1));
        Ok(Batch {
            context: features(&examples.context, self.config.features())?,
            own: own.collect::<Result<_>>()?,
            symbols: examples
                .symbols
                .iter()
                .map(symbols)
                .collect::<Result<_>>()?,
        })
    }

    /// The weights of all layers in the exported model, to be computed once while the parameters stay the same.
    pub fn rounded(&self) -> Result<RoundedPhotoNetwork> {
        let layers = self.layers.iter().map(|layer| self.quantised(layer));
        Ok(RoundedPhotoNetwork(layers.collect::<Result<_>>()?))
    }
}
