//! The crops of a training step: photos picked at random, cropped, and turned into the features of their pixels.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use crate::data::crop::{Crop, random_crop, whole_image};
use crate::data::dataset::Dataset;
use crate::data::photo::Photo;
use crate::photo::config::{PhotoConfig, PhotoTrainingConfig};
use crate::photo::features::Examples;

/// Pixels that pass through the network together, few enough to stay in the processor's cache.
const PART_PIXELS: usize = 2048;

/// Picks crops, each from a random stream of its own: a resumed run sees the crops of an uninterrupted one, and the
/// number of threads that make them changes nothing.
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
        let taps = network.taps();
        let crops = (PART_PIXELS / training.crop.pow(2)).max(1);
        let part = |part: usize| {
            let mut examples = Examples::new(network.channels());
            let first = part * crops;
            for index in first..(first + crops).min(training.batch) {
                let crop = self.crop(step, index, network, training);
                examples.push_crop(&crop, network, &taps);
            }
            examples
        };
        let parts = training.batch.div_ceil(crops);
        (0..parts).into_par_iter().map(part).collect()
    }

    /// The crop `index` of the batch of `step`.
    fn crop(
        &self,
        step: usize,
        index: usize,
        network: &PhotoConfig,
        training: &PhotoTrainingConfig,
    ) -> Crop {
        let mut rng = ChaCha8Rng::seed_from_u64(training.seed);
        rng.set_stream((step * training.batch + index) as u64 + 1);
        let photo = self.pick(&mut rng);
        let (side, reach) = (training.crop, network.reach as usize);
        if training.whole_images {
            return whole_image(photo, &network.order, &mut rng);
        }
        let disturbance = training.disturbance_at(step);
        random_crop(photo, side, reach, &network.order, disturbance, &mut rng)
    }

    /// A photo, with a probability proportional to its pixels.
    fn pick(&self, rng: &mut impl Rng) -> &Photo {
        let pixel = rng.random_range(0..*self.sums.last().unwrap_or(&1));
        &self.photos[self.sums.partition_point(|&sum| sum <= pixel)]
    }
}
