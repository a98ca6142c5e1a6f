//! Images in the form that the networks read: the first layer's neighbourhood of every pixel, its own channels, and its
//! symbols.

use candle_core::{Device, Tensor};
use pxc_codec::COARSE_TAPS;

use crate::error::Result;
use crate::kernels::extent::Extent;
use crate::paper::config::PaperConfig;

/// A batch of images of one size.
pub struct ImageBatch {
    /// Rows, columns, images.
    pub extent: Extent,
    /// `[pixels, taps · K + K − 1]`: the context features of `docs/model.md`, then the own channels but the last.
    pub input: Tensor,
    /// The symbols of all channels, u32 `[pixels · K]`, pixel after pixel.
    pub symbols: Tensor,
    /// The coarse pixels around each block, `[blocks, 9 · K]`, for the fine network of Multi-Scale.
    pub coarse: Option<Tensor>,
    /// 0 for pixels that are known beforehand, else 1, `[pixels]`, for the fine network of Multi-Scale.
    pub coded: Option<Tensor>,
}

impl ImageBatch {
    /// Makes a batch of `images`, each `height × width × K` samples, row by row.
    pub fn new(config: &PaperConfig, images: &[&[u8]], device: &Device) -> Result<ImageBatch> {
        let extent = Extent {
            height: config.height,
            width: config.width,
            batch: images.len(),
        };
        Self::of_extent(config, images, extent, device)
    }

    /// The pixels that are not known beforehand.
    pub(crate) fn coded_pixels(&self) -> Result<usize> {
        Ok(match &self.coded {
            Some(coded) => coded.sum_all()?.to_scalar::<f32>()? as usize,
            None => self.extent.pixels(),
        })
    }

    /// Makes a batch of images of another height than the configuration's.
    pub(crate) fn of_extent(
        config: &PaperConfig,
        images: &[&[u8]],
        extent: Extent,
        device: &Device,
    ) -> Result<ImageBatch> {
        let pixels = extent.pixels();
        let samples = BatchSamples {
            config,
            images,
            extent,
        };
        let channels = config.channels();
        let symbols = (0..pixels * channels)
            .map(|index| u32::from(samples.at(index / channels, index % channels)));
        Ok(ImageBatch {
            extent,
            input: Tensor::from_vec(samples.input(), (pixels, samples.width()), device)?,
            symbols: Tensor::from_iter(symbols, device)?,
            coarse: coarse(config, images, extent, device)?,
            coded: coded(config, extent, device)?,
        })
    }
}

/// The samples of a batch.
struct BatchSamples<'a> {
    config: &'a PaperConfig,
    images: &'a [&'a [u8]],
    extent: Extent,
}

impl BatchSamples<'_> {
    /// The sample of a pixel, counted as [`Extent`] does.
    fn at(&self, pixel: usize, channel: usize) -> u8 {
        let (position, image) = (pixel / self.extent.batch, pixel % self.extent.batch);
        self.images[image][position * self.config.channels() + channel]
    }

    /// Values of a pixel in [`ImageBatch::input`].
    fn width(&self) -> usize {
        let channels = self.config.channels();
        self.config.taps().len() * channels + channels - 1
    }

    /// Computes [`ImageBatch::input`].
    fn input(&self) -> Vec<f32> {
        let channels = self.config.channels();
        let (taps, width) = (self.config.taps(), self.width());
        let value = |pixel, channel| self.config.samples.real(self.at(pixel, channel));
        let mut input = vec![0.0; self.extent.pixels() * width];
        for (index, &tap) in taps.iter().enumerate() {
            let stretches = self.extent.stretches(tap);
            for (own, neighbour) in stretches.flat_map(|s| s.own.zip(s.neighbour)) {
                let features = &mut input[own * width + index * channels..][..channels];
                for (channel, feature) in features.iter_mut().enumerate() {
                    *feature = value(neighbour, channel);
                }
            }
        }
        for (pixel, features) in input.chunks_exact_mut(width).enumerate() {
            for (channel, feature) in features[taps.len() * channels..].iter_mut().enumerate() {
                *feature = value(pixel, channel);
            }
        }
        input
    }
}

/// The coarse pixels around each block. Blocks are those of `extent`, their neighbours those of the whole image.
fn coarse(
    config: &PaperConfig,
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
            for tap in COARSE_TAPS {
                let y = row
                    .checked_add_signed(tap.dy as isize)
                    .map(|row| row * ratio);
                let x = column
                    .checked_add_signed(tap.dx as isize)
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

fn coded(config: &PaperConfig, extent: Extent, device: &Device) -> Result<Option<Tensor>> {
    if config.coarse().is_none() {
        return Ok(None);
    }
    let of_pixel = |position: usize| {
        let known = config.knows(position / extent.width, position % extent.width);
        std::iter::repeat_n(f32::from(u8::from(!known)), extent.batch)
    };
    let coded: Vec<f32> = (0..extent.height * extent.width)
        .flat_map(of_pixel)
        .collect();
    Ok(Some(Tensor::from_vec(coded, extent.pixels(), device)?))
}
