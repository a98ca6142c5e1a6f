//! Draws images from a network, pixel by pixel, from nothing or from what is known of them (paper, figures 1, 7 and 9).

use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::extent::Extent;
use super::image_batch::ImageBatch;
use super::system::System;
use super::system_config::{Samples, SystemConfig};
use crate::checkpoint::write_bytes;
use crate::{Error, Result};

/// Images in a row and rows of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// Images side by side.
    pub columns: usize,
    /// Images below one another.
    pub rows: usize,
}

/// Draws the rows from `first_row` on of all `images`, each `height × width × K` samples; Multi-Scale's fine network leaves what is
/// known as it is. `count` is called after every pixel.
pub fn draw(
    system: &System,
    images: &mut [Vec<u8>],
    first_row: usize,
    seed: u64,
    mut count: impl FnMut(),
) -> Result<()> {
    let config = &system.config;
    let channels = config.channels();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for y in first_row..config.height {
        // Nothing below a row is needed for it.
        let extent = Extent {
            height: y + 1,
            width: config.width,
            batch: images.len(),
        };
        for x in 0..config.width {
            if config.knows(y, x) {
                count();
                continue;
            }
            for channel in 0..channels {
                let known: Vec<&[u8]> = images.iter().map(Vec::as_slice).collect();
                let batch = ImageBatch::of_extent(config, &known, extent, system.device())?;
                let logits = &system.logits(&batch)?[channel];
                let logits = logits.narrow(0, extent.at(y, x), extent.batch)?;
                for (image, logits) in images.iter_mut().zip(logits.to_vec2::<f32>()?) {
                    let at = (y * config.width + x) * channels + channel;
                    image[at] = symbol(&logits, &mut rng);
                }
            }
            count();
        }
    }
    Ok(())
}

/// A symbol with the chance that logits in bits give it.
fn symbol(logits: &[f32], rng: &mut impl Rng) -> u8 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |logit: &f32| f64::from((logit - largest).exp2());
    let total: f64 = logits.iter().map(weight).sum();
    let mut left = rng.random_range(0.0..total);
    for (symbol, logit) in logits.iter().enumerate() {
        left -= weight(logit);
        if left < 0.0 {
            return symbol as u8;
        }
    }
    (logits.len() - 1) as u8
}

/// Pixels between the images of a picture.
const GAP: usize = 2;
/// Gray of the gap.
const BETWEEN: u8 = 128;

/// Writes images side by side as a PNG.
pub fn write_picture(
    path: &Path,
    config: &SystemConfig,
    images: &[Vec<u8>],
    arrangement: Arrangement,
) -> Result<()> {
    let channels = config.channels();
    let side = |count: usize, size: usize| count * (size + GAP) + GAP;
    let width = side(arrangement.columns, config.width);
    let height = side(arrangement.rows, config.height);
    let mut samples = vec![BETWEEN; width * height * channels];
    let shown = arrangement.columns * arrangement.rows;
    for (index, image) in images.iter().take(shown).enumerate() {
        let left = GAP + index % arrangement.columns * (config.width + GAP);
        let top = GAP + index / arrangement.columns * (config.height + GAP);
        for (y, row) in image.chunks_exact(config.width * channels).enumerate() {
            let start = ((top + y) * width + left) * channels;
            let out = &mut samples[start..start + row.len()];
            for (out, &sample) in out.iter_mut().zip(row) {
                *out = match config.samples {
                    Samples::Bilevel => 255 * sample,
                    Samples::Gray | Samples::Rgb => sample,
                };
            }
        }
    }
    let color = match channels {
        1 => ExtendedColorType::L8,
        _ => ExtendedColorType::Rgb8,
    };
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(&samples, width as u32, height as u32, color)
        .map_err(|source| Error::Image {
            path: path.into(),
            source,
        })?;
    write_bytes(path, &png)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_follow_their_logits() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let drawn: Vec<u8> = (0..4000)
            .map(|_| symbol(&[1.0, 3.0, -20.0], &mut rng))
            .collect();
        let ones = drawn.iter().filter(|&&symbol| symbol == 1).count();
        assert!(
            (3100..3300).contains(&ones),
            "{ones} of 4000, expected 3200"
        );
        assert!(!drawn.contains(&2));
    }
}
