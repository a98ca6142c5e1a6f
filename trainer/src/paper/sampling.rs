//! Draws images from a network, pixel by pixel: whole ones, or the rest of images whose upper part is known (paper,
//! figures 1, 7 and 9).

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::error::Result;
use crate::kernels::extent::Extent;
use crate::paper::network::image_batch::ImageBatch;
use crate::paper::network::paper_network::PaperNetwork;

/// Draws the rows from `first_row` on of all `images`, each `height × width × K` samples. The fine network of
/// Multi-Scale leaves the pixels that it knows as they are. Calls `count` after every pixel.
pub fn draw(
    network: &PaperNetwork,
    images: &mut [Vec<u8>],
    first_row: usize,
    seed: u64,
    mut count: impl FnMut(),
) -> Result<()> {
    let config = &network.config;
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
                let batch = ImageBatch::of_extent(config, &known, extent, network.device())?;
                let logits = &network.logits(&batch)?[channel];
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

/// A random symbol, with the probabilities that logits in bits give.
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
