//! Images as the networks read them: the first layer's neighbourhood of every pixel, its own channels, and its symbols.

use candle_core::{Device, Tensor};
use pxc_codec::COARSE_TAPS;

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
    /// For the fine network of Multi-Scale, `[blocks, 9 · K]`: the coarse pixels around each block.
    pub coarse: Option<Tensor>,
    /// For the fine network of Multi-Scale, `[pixels]`: 1, or 0 for pixels that are known beforehand.
    pub coded: Option<Tensor>,
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

    /// The pixels that are not known beforehand.
    pub fn coded_pixels(&self) -> Result<usize> {
        Ok(match &self.coded {
            Some(coded) => coded.sum_all()?.to_scalar::<f32>()? as usize,
            None => self.extent.pixels(),
        })
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
        let value = |sample| config.samples.real(sample);
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
            coarse: coarse(config, images, extent, device)?,
            coded: coded(config, extent, device)?,
        })
    }
}

/// The coarse pixels around each block. Blocks are those of `extent`, their neighbours those of the whole image.
fn coarse(
    config: &SystemConfig,
    images: &[&[u8]],
    extent: Extent,
    device: &Device,
) -> Result<Option<Tensor>> {
    let Some((ratio, _)) = config.coarse() else {
        return Ok(None);
    };
    let channels = config.channels();
    let (rows, columns) = (extent.height.div_ceil(ratio), extent.width.div_ceil(ratio));
    let mut values =
        Vec::with_capacity(rows * columns * extent.batch * COARSE_TAPS.len() * channels);
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        for image in images {
            for (dy, dx) in COARSE_TAPS {
                let y = row.checked_add_signed(dy as isize).map(|row| row * ratio);
                let x = column
                    .checked_add_signed(dx as isize)
                    .map(|column| column * ratio);
                let inside = y
                    .filter(|&y| y < config.height)
                    .zip(x.filter(|&x| x < config.width));
                values.extend((0..channels).map(|channel| match inside {
                    Some((y, x)) => {
                        let sample = image[(y * config.width + x) * channels + channel];
                        config.samples.real(sample)
                    }
                    None => 0.0,
                }));
            }
        }
    }
    let shape = (rows * columns * extent.batch, COARSE_TAPS.len() * channels);
    Ok(Some(Tensor::from_vec(values, shape, device)?))
}

fn coded(config: &SystemConfig, extent: Extent, device: &Device) -> Result<Option<Tensor>> {
    if config.coarse().is_none() {
        return Ok(None);
    }
    let of_pixel = |place: usize| {
        let known = config.knows(place / extent.width, place % extent.width);
        std::iter::repeat_n(f32::from(u8::from(!known)), extent.batch)
    };
    let coded: Vec<f32> = (0..extent.height * extent.width)
        .flat_map(of_pixel)
        .collect();
    Ok(Some(Tensor::from_vec(coded, extent.pixels(), device)?))
}
