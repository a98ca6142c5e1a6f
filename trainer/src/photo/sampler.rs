//! The crops of a training step: photos picked at random, cropped, and turned into the features of their pixels.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::data::crop::{random_crop, whole_image};
use crate::data::dataset::Dataset;
use crate::data::photo::Photo;
use crate::photo::config::{PhotoConfig, PhotoTrainingConfig};
use crate::photo::features::Examples;

/// Pixels that pass through the network together, few enough to stay in the processor's cache.
const PART_PIXELS: usize = 2048;

/// Picks crops, every step from its own random stream, so that a resumed run sees the crops of an uninterrupted one.
pub(crate) struct Sampler {
    photos: Vec<Photo>,
    /// Running sum of the pixels.
    sums: Vec<usize>,
}

impl Sampler {
    pub(crate) fn new(data: Dataset) -> Self {
        let sums = data.photos.iter().scan(0, |sum, photo| {
            *sum += photo.width * photo.height;
            Some(*sum)
        });
        Self {
            sums: sums.collect(),
            photos: data.photos,
        }
    }

    /// The batch of `step`, in parts of about [`PART_PIXELS`].
    pub(crate) fn parts(
        &self,
        step: usize,
        network: &PhotoConfig,
        training: &PhotoTrainingConfig,
    ) -> Vec<Examples> {
        let mut rng = ChaCha8Rng::seed_from_u64(training.seed);
        rng.set_stream(step as u64 + 1);
        let taps = network.taps();
        let crops = (PART_PIXELS / training.crop.pow(2)).max(1);
        let part = |first: usize| {
            let mut examples = Examples::new(network.channels());
            for _ in first..(first + crops).min(training.batch) {
                let photo = self.pick(&mut rng);
                let reach = network.reach as usize;
                let (side, order) = (training.crop, &network.order);
                let crop = match training.whole_images {
                    true => whole_image(photo, order, &mut rng),
                    false => random_crop(photo, side, reach, order, &mut rng),
                };
                examples.push_crop(&crop, network, &taps);
            }
            examples
        };
        (0..training.batch).step_by(crops).map(part).collect()
    }

    /// A photo, with a probability proportional to its pixels.
    fn pick(&self, rng: &mut impl Rng) -> &Photo {
        let pixel = rng.random_range(0..*self.sums.last().unwrap_or(&1));
        &self.photos[self.sums.partition_point(|&sum| sum <= pixel)]
    }
}
