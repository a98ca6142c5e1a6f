//! Parity: pixels and the logits that the trainer's rounded network gives them, which a model must repeat.
//!
//! [`check`] compares a model with its network. [`write()`] leaves vectors for others: a `.safetensors` file with the
//! tensors of `docs/model.md` for `N` pixels: `context` float32 `[1, F, N]`, `own_k` float32 `[1, 1, N]` and `logits_k`
//! uint8 `[1, 256, N]`.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};
use pxc_model::ModelFile;
use pxc_model::reference::{LANES, Reference};
use pxc_trainer::data::crop::Crop;
use pxc_trainer::files::write_tensors;
use pxc_trainer::photo::features::Examples;
use pxc_trainer::photo::network::PhotoNetwork;

use crate::error::{Error, Result};

/// Sides of the image that the pixels are taken from.
const WIDTH: usize = 24;
const HEIGHT: usize = 16;

/// Writes the vectors of a small synthetic image: gradients, edges, noise and all tile borders.
pub fn write(network: &PhotoNetwork, path: &Path) -> Result<()> {
    let examples = synthetic(network);
    let logits = network.integer_logits(&network.batch(&examples)?, &network.rounded()?)?;
    let pixels = examples.pixels;
    let features = network.config.features();
    let mut tensors = HashMap::new();
    let context = Tensor::from_slice(&examples.context, (pixels, features), &Device::Cpu)?;
    tensors.insert("context".to_string(), channel_major(&context)?);
    for (k, own) in examples.own.iter().enumerate() {
        tensors.insert(
            format!("own_{k}"),
            Tensor::from_slice(own, (1, 1, pixels), &Device::Cpu)?,
        );
    }
    for (k, logits) in logits.iter().enumerate() {
        tensors.insert(format!("logits_{k}"), channel_major(logits)?);
    }
    Ok(write_tensors(path, &tensors)?)
}

/// Compares a model with the network that it was made of, on the pixels of [`write()`]. Returns how many there are.
///
/// # Errors
/// When a logit differs, or the model is not exact.
pub fn check(network: &PhotoNetwork, model: &ModelFile) -> Result<usize> {
    let examples = synthetic(network);
    let logits = network.integer_logits(&network.batch(&examples)?, &network.rounded()?)?;
    let logits = logits.iter().map(Tensor::to_vec2::<u8>);
    let logits = logits.collect::<std::result::Result<Vec<_>, _>>()?;
    let reference = Reference::new(model.graph(), model.metadata())?;
    for first in (0..examples.pixels).step_by(LANES) {
        // The last lanes repeat the last pixel.
        let pixels = std::array::from_fn(|lane| (first + lane).min(examples.pixels - 1));
        let tensors = reference.evaluate(&inputs(&examples, &pixels))?;
        let outputs = model.graph().outputs().iter();
        for (channel, &output) in outputs.enumerate() {
            for (symbol, found) in tensors[output.index()].iter().enumerate() {
                for (pixel, found) in pixels.into_iter().zip(found.values()) {
                    let expected = logits[channel][pixel][symbol];
                    if f32::from(expected) != found {
                        return Err(Error::Parity {
                            pixel,
                            channel,
                            symbol,
                            expected,
                            found,
                        });
                    }
                }
            }
        }
    }
    Ok(examples.pixels)
}

/// The integers of some pixels, for each input of a model and each of its channels.
fn inputs(examples: &Examples, pixels: &[usize; LANES]) -> Vec<Vec<[i32; LANES]>> {
    let features = examples.context.len() / examples.pixels;
    let feature = |f| pixels.map(|pixel| examples.context[pixel * features + f] as i32);
    let context = (0..features).map(feature).collect();
    let own = |own: &Vec<f32>| vec![pixels.map(|pixel| own[pixel] as i32)];
    std::iter::once(context)
        .chain(examples.own.iter().map(own))
        .collect()
}

fn channel_major(pixel_major: &Tensor) -> Result<Tensor> {
    Ok(pixel_major.t()?.contiguous()?.unsqueeze(0)?)
}

fn synthetic(network: &PhotoNetwork) -> Examples {
    let channels = network.config.channels();
    let sample = |y: usize, x: usize, c: usize| {
        let noise = (y * 7919 + x * 104_729 + c * 1_299_709) % 31;
        let edge = if x > 15 { 90 } else { 0 };
        ((y * 9 + x * 3 + c * 20 + edge + noise) % 256) as u8
    };
    let mut samples = Vec::with_capacity(WIDTH * HEIGHT * channels);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            samples.extend((0..channels).map(|c| sample(y, x, c)));
        }
    }
    let crop = Crop {
        width: WIDTH,
        height: HEIGHT,
        channels,
        samples,
        margin: 0,
        top: 0,
    };
    let mut examples = Examples::new(channels);
    examples.push_crop(&crop, &network.config, &network.config.taps());
    examples
}
