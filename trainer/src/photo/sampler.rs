//! The crops of a training step: photos picked at random, cropped, and turned into the features of their pixels.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use crate::data::crop::Crop;
use crate::data::photo::Photo;
use crate::photo::config::PhotoConfig;
use crate::photo::features::Examples;

/// Picks crops, each from a random stream of its own. So a resumed run sees the crops of an uninterrupted one, and the
/// number of threads that make them changes nothing.
pub(crate) struct Sampler {
    photos: Vec<Photo>,
    /// Running sum of the pixels.
    sums: Vec<usize>,
}

/// The batch of a step.
pub(crate) struct Draw<'a> {
    /// Steps done before.
    pub(crate) step: usize,
    /// The seed of the run.
    pub(crate) seed: u64,
    /// Crops.
    pub(crate) batch: usize,
    /// Side of a crop in pixels.
    pub(crate) side: usize,
    /// Pixels of a part of the batch, at least one crop's.
    pub(crate) part_pixels: usize,
    /// The network that the examples are for.
    pub(crate) network: &'a PhotoConfig,
}

impl Sampler {
    pub(crate) fn new(photos: Vec<Photo>) -> Self {
        let sums = photos.iter().scan(0, |sum, photo| {
            *sum += photo.width * photo.height;
            Some(*sum)
        });
        Self {
            sums: sums.collect(),
            photos,
        }
    }

    /// Makes a batch in its parts. `cut` makes a crop of a photo.
    pub(crate) fn parts(
        &self,
        draw: &Draw<'_>,
        cut: impl Fn(&Photo, &mut ChaCha8Rng) -> Crop + Sync,
    ) -> Vec<Examples> {
        let taps = draw.network.taps();
        let crops = (draw.part_pixels / draw.side.pow(2)).clamp(1, draw.batch);
        let part = |part: usize| {
            let mut examples = Examples::new(draw.network.channels());
            let first = part * crops;
            for index in first..(first + crops).min(draw.batch) {
                let mut rng = ChaCha8Rng::seed_from_u64(draw.seed);
                rng.set_stream((draw.step * draw.batch + index) as u64 + 1);
                let crop = cut(self.pick(&mut rng), &mut rng);
                examples.push_crop(&crop, draw.network, &taps);
            }
            examples
        };
        let parts = draw.batch.div_ceil(crops);
        (0..parts).into_par_iter().map(part).collect()
    }

    /// Picks a photo, with a probability proportional to its pixels.
    fn pick(&self, rng: &mut impl Rng) -> &Photo {
        let pixel = rng.random_range(0..*self.sums.last().unwrap_or(&1));
        &self.photos[self.sums.partition_point(|&sum| sum <= pixel)]
    }
}
