//! Images as the networks read them: the first layer's neighbourhood of every pixel, its own channels, and its symbols.

use candle_core::{Device, Tensor};

use super::extent::Extent;
use super::system_config::SystemConfig;
use crate::Result;

/// A batch of images of one size.
pub struct ImageBatch {
    /// Rows, columns, images.
    pub extent: Extent,
    /// `[pixels, taps · K + K − 1]`: the context features of `docs/model.md`, then the own channels but the last.
    pub input: Tensor,
    /// For each channel, u32 `[pixels]`.
    pub symbols: Vec<Tensor>,
}

impl ImageBatch {
    /// A batch of `images`, each `height × width × K` samples, row by row.
    pub fn new(config: &SystemConfig, images: &[&[u8]], device: &Device) -> Result<ImageBatch> {
        let extent = Extent {
            height: config.height,
            width: config.width,
            batch: images.len(),
        };
        Self::of_extent(config, images, extent, device)
    }

    /// A batch of images of another height than the configuration's.
    pub(super) fn of_extent(
        config: &SystemConfig,
        images: &[&[u8]],
        extent: Extent,
        device: &Device,
    ) -> Result<ImageBatch> {
        let channels = config.channels();
        let taps = config.taps();
        let width = taps.len() * channels + channels - 1;
        let mut input = vec![0.0; extent.pixels() * width];
        let grid = config.samples.grid();
        let top = config.samples.levels() as i32 - 1;
        let value = |sample: u8| (2 * i32::from(sample) - top) as f32 / grid.scale();
        let sample = |pixel: usize, channel: usize| {
            let (place, image) = (pixel / extent.batch, pixel % extent.batch);
            images[image][place * channels + channel]
        };
        for (index, &tap) in taps.iter().enumerate() {
            for stretch in extent.stretches(tap) {
                for (own, neighbour) in stretch.own.zip(stretch.neighbour) {
                    for channel in 0..channels {
                        input[own * width + index * channels + channel] =
                            value(sample(neighbour, channel));
                    }
                }
            }
        }
        for (pixel, features) in input.chunks_exact_mut(width).enumerate() {
            for channel in 0..channels - 1 {
                features[taps.len() * channels + channel] = value(sample(pixel, channel));
            }
        }
        let symbols = (0..channels)
            .map(|channel| {
                let all = (0..extent.pixels()).map(|pixel| u32::from(sample(pixel, channel)));
                Ok(Tensor::from_vec(
                    all.collect::<Vec<_>>(),
                    extent.pixels(),
                    device,
                )?)
            })
            .collect::<Result<_>>()?;
        Ok(ImageBatch {
            extent,
            input: Tensor::from_vec(input, (extent.pixels(), width), device)?,
            symbols,
        })
    }
}
