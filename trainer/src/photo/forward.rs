//! Runs a photo network over a batch: features in, code lengths or integer logits out.

use candle_core::{DType, Tensor};

use crate::error::{Error, Result};
use crate::kernels::grid::Grid;
use crate::kernels::pointwise::code_length::code_length;
use crate::kernels::pointwise::requantise::requantise;
use crate::kernels::pointwise::straight_through::straight_through;
use crate::kernels::quantisation::QuantisedLayer;
use crate::photo::layer::Source;
use crate::photo::network::{Batch, Layer, PhotoNetwork, RoundedPhotoNetwork};

impl PhotoNetwork {
    /// The code length in bits of each pixel, `[pixels]` for each channel: of the rounded network, or in float.
    pub fn code_lengths(
        &self,
        batch: &Batch,
        rounded: Option<&RoundedPhotoNetwork>,
    ) -> Result<Vec<Tensor>> {
        let heads = self.forward(batch, rounded)?;
        heads
            .iter()
            .zip(&batch.symbols)
            .map(|(head, symbols)| {
                Ok(code_length(
                    self.form,
                    &head.product,
                    &head.bias,
                    symbols,
                    rounded.is_some(),
                )?)
            })
            .collect()
    }

    /// The logits in sixteenths of a bit, `[pixels, 256]` for each channel, that the exported model gives.
    pub fn integer_logits(
        &self,
        batch: &Batch,
        rounded: &RoundedPhotoNetwork,
    ) -> Result<Vec<Tensor>> {
        let heads = self.forward(batch, Some(rounded))?;
        let unit = f64::from(Grid::LOGIT.scale());
        heads
            .iter()
            .map(|head| {
                let logits = requantise(
                    self.form,
                    &head.product,
                    &head.bias,
                    None,
                    Grid::LOGIT,
                    true,
                )?;
                Ok((logits * unit)?.to_dtype(DType::U8)?)
            })
            .collect()
    }

    fn forward(
        &self,
        batch: &Batch,
        rounded: Option<&RoundedPhotoNetwork>,
    ) -> Result<Vec<ProductAndBias>> {
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
                self.form,
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
    ) -> Result<ProductAndBias> {
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
                straight_through(self.form, &layer.weight, rounded.weight.clone())?,
                straight_through(self.form, &layer.bias, rounded.bias.clone())?,
            ),
            None => (
                layer.weight.as_tensor().clone(),
                layer.bias.as_tensor().clone(),
            ),
        };
        Ok(ProductAndBias {
            product: input.matmul(&weight)?,
            bias,
        })
    }
}

struct ProductAndBias {
    product: Tensor,
    bias: Tensor,
}

fn layer_output(outputs: &[Option<Tensor>], index: usize) -> Result<&Tensor> {
    outputs[index].as_ref().ok_or_else(|| Error::Argument {
        argument: "network",
        reason: format!("layer {index} gives logits and cannot be read by another layer"),
    })
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::data::crop::Crop;
    use crate::files::write_tensors;
    use crate::optim::optimiser::Optimiser;
    use crate::photo::config::{PhotoConfig, Precision};
    use crate::photo::features::Examples;
    use crate::photo::initial::initial_parameters;
    use crate::photo::layer::LayerSpec;
    use crate::training::checkpoint::initialise_from;

    fn examples(config: &PhotoConfig) -> Examples {
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
            let config = PhotoConfig {
                trunk,
                ..PhotoConfig::photo(3)
            };
            let network = PhotoNetwork::new(&config, 1, &Device::Cpu)?;
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
            let config = PhotoConfig {
                width: 16,
                blocks,
                ..PhotoConfig::photo(1)
            };
            PhotoNetwork::new(&config, seed, &Device::Cpu)
        };
        let (small, large) = (with_blocks(1, 3)?, with_blocks(3, 4)?);
        let folder = tempfile::tempdir().expect("a folder");
        let tensors = small.parameters().into_iter();
        let tensors = tensors.map(|(name, var)| (name, var.as_tensor().clone()));
        write_tensors(
            &folder.path().join("weights.safetensors"),
            &tensors.collect(),
        )?;

        let mut optimiser = Optimiser::new(large.parameters())?;
        let fresh = initialise_from(folder.path(), &mut optimiser, &Device::Cpu, |name| {
            small.config.has_block_of(name).then(|| name.into())
        })?;
        assert!(!fresh.is_empty() && fresh.iter().all(|name| name.starts_with("block")));
        let lengths = |network: &PhotoNetwork| -> Result<Vec<f32>> {
            let batch = network.batch(&examples(&network.config))?;
            let lengths = network.code_lengths(&batch, None)?;
            Ok(lengths[0].flatten_all()?.to_vec1()?)
        };
        assert_eq!(lengths(&small)?, lengths(&large)?);
        Ok(())
    }

    #[test]
    fn a_channel_depends_on_the_channels_before_it_only() -> Result<()> {
        let config = PhotoConfig::photo(3);
        let network = PhotoNetwork::new(&config, 2, &Device::Cpu)?;
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
