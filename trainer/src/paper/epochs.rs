//! Which images a step sees: all of them once per epoch, every epoch in an order of its own.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The order of a set of images over all epochs of a training.
pub(crate) struct Epochs {
    seed: u64,
    images: usize,
    /// The epoch whose order was made last.
    epoch: Option<usize>,
    order: Vec<usize>,
}

impl Epochs {
    pub(crate) fn new(seed: u64, images: usize) -> Epochs {
        Epochs {
            seed,
            images,
            epoch: None,
            order: Vec::new(),
        }
    }

    /// The indices of the `size` images of `step`.
    pub(crate) fn batch(&mut self, step: usize, size: usize) -> Vec<usize> {
        let first = step * size;
        (first..first + size).map(|index| self.at(index)).collect()
    }

    /// The image seen after `index` others.
    fn at(&mut self, index: usize) -> usize {
        let epoch = index / self.images;
        if self.epoch != Some(epoch) {
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
            rng.set_stream(epoch as u64 + 1);
            self.order = (0..self.images).collect();
            self.order.shuffle(&mut rng);
            self.epoch = Some(epoch);
        }
        self.order[index % self.images]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_has_every_image_once_and_follows_from_its_number() {
        let mut epochs = Epochs::new(1, 6);
        let seen: Vec<usize> = (0..6).flat_map(|step| epochs.batch(step, 4)).collect();
        for epoch in seen.chunks_exact(6) {
            let mut images = epoch.to_vec();
            images.sort_unstable();
            assert_eq!(images, [0, 1, 2, 3, 4, 5]);
        }
        assert_ne!(seen[..6], seen[6..12]);
        assert_eq!(Epochs::new(1, 6).batch(4, 4), seen[16..20]);
    }
}
