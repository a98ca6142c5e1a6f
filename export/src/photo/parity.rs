//! Parity vectors: pixels and the logits that the trainer's rounded network gives them.
//!
//! A `.safetensors` file with the tensors of `docs/model.md` for `N` pixels: `context` float32 `[1, F, N]`, `own_k`
//! float32 `[1, 1, N]` and `logits_k` uint8 `[1, 256, N]`.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};
use pxc_trainer::data::crop::Crop;
use pxc_trainer::files::write_tensors;
use pxc_trainer::photo::features::Examples;
use pxc_trainer::photo::network::PhotoNetwork;

use crate::error::Result;

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
