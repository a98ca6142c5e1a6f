//! Parity vectors of the paper's networks: whole images and the logits that the trainer's rounded network gives their
//! pixels.
//!
//! A `.safetensors` file: `samples` uint8 `[images, height, width, K]` and, for each channel `k`, `logits_k` uint8
//! `[images, height, width, levels]`. For Multi-Scale they are those of the fine network; `coarse.samples` and
//! `coarse.logits_k` are those of the coarse one, for other images.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use pxc_model::contract::COARSE_PREFIX;
use pxc_trainer::files::write_tensors;
use pxc_trainer::paper::network::{ImageBatch, PaperNetwork};

use crate::error::Result;

/// Images in a file.
const IMAGES: usize = 2;

/// Writes the vectors of a network, and of the coarse network of Multi-Scale, for synthetic images of strokes,
/// gradients and noise.
pub fn write(network: &PaperNetwork, coarse: Option<&PaperNetwork>, path: &Path) -> Result<()> {
    let mut tensors = vectors(network)?;
    if let Some(coarse) = coarse {
        let coarse = vectors(coarse)?.into_iter();
        tensors.extend(coarse.map(|(name, tensor)| (format!("{COARSE_PREFIX}{name}"), tensor)));
    }
    Ok(write_tensors(path, &tensors)?)
}

fn vectors(network: &PaperNetwork) -> Result<HashMap<String, Tensor>> {
    let config = &network.config;
    let images: Vec<Vec<u8>> = (0..IMAGES).map(|seed| synthetic(network, seed)).collect();
    let known: Vec<&[u8]> = images.iter().map(Vec::as_slice).collect();
    let batch = ImageBatch::new(config, &known, &Device::Cpu)?;
    let logits = network.integer_logits(&batch, &network.rounded()?)?;
    let (height, width) = (config.height, config.width);
    let shape = (IMAGES, height, width, config.channels());
    let samples = Tensor::from_vec(images.concat(), shape, &Device::Cpu)?;
    let mut tensors = HashMap::from([("samples".to_owned(), samples)]);
    for (channel, logits) in logits.into_iter().enumerate() {
        let levels = config.samples.levels();
        let logits = logits
            .to_dtype(DType::U8)?
            .reshape((height, width, IMAGES, levels))?;
        let logits = logits.permute((2, 0, 1, 3))?.contiguous()?;
        tensors.insert(format!("logits_{channel}"), logits);
    }
    Ok(tensors)
}

fn synthetic(network: &PaperNetwork, seed: usize) -> Vec<u8> {
    let config = &network.config;
    let (width, levels) = (config.width, config.samples.levels());
    let sample = |index: usize| {
        let (pixel, channel) = (index / config.channels(), index % config.channels());
        let (y, x) = (pixel / width, pixel % width);
        let stroke = (y * 3 + x * 2 + seed * 5) % 11 < 4;
        let noise = (index * 7919 + seed * 104_729) % 251 % 32;
        match levels {
            2 => u8::from(stroke),
            _ => ((y * 9 + x * 5 + channel * 30 + usize::from(stroke) * 90 + noise) % 256) as u8,
        }
    };
    (0..width * config.height * config.channels())
        .map(sample)
        .collect()
}
