//! Tunes a photo network to images of one kind, in a limited time. Read [`tune`] from top to bottom.
//!
//! In: a network, images and a budget. Out: the network that was best on the images held out, in its rounded form.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::data::crop::Crop;
use crate::data::digest::DataDigest;
use crate::data::photo::Photo;
use crate::data::plain_crop::plain_crop;
use crate::error::Result;
use crate::optim::optimiser::Optimiser;
use crate::optim::update::{Rule, Update};
use crate::photo::config::PhotoConfig;
use crate::photo::evaluation::{central_crop, evaluate};
use crate::photo::features::Examples;
use crate::photo::network::PhotoNetwork;
use crate::photo::sampler::{Draw, Sampler};
use crate::photo::training::{PART_PIXELS, side_by_side};
use crate::training::budget::{Budget, Clock};

/// How a network is tuned.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct TuningConfig {
    /// Seed of the crops.
    pub seed: u64,
    /// Crops per step.
    pub batch: usize,
    /// Side of a crop in pixels.
    pub crop: usize,
    /// The update rule.
    pub rule: Rule,
    /// Peak learning rate. It rises in [`WARM_UP`] of the budget, and falls to zero at its end.
    pub learning_rate: f64,
    /// The share of the budget, at its end, that trains with rounding.
    pub rounding: f64,
    /// Decay of the moving average of the weights, which is measured and exported.
    pub ema: f64,
}

impl Default for TuningConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            batch: 16,
            crop: 32,
            rule: Rule::Muon,
            learning_rate: 8e-3,
            rounding: 0.15,
            ema: 0.999,
        }
    }
}

/// The share of the budget in which the learning rate rises.
pub const WARM_UP: f64 = 0.02;

/// Measurements in a whole budget, fewer if they would take more than a tenth of it.
const MEASUREMENTS: f64 = 40.0;

/// After this many measurements without a better one, the rest of the schedule takes at most [`LAST_PART`] of the
/// budget.
const PATIENCE: usize = 8;
const LAST_PART: f64 = 0.15;

/// The pixels that a measurement looks at, in at most [`MEASURED_IMAGES`] images.
const MEASURED_PIXELS: usize = 1 << 18;
const MEASURED_IMAGES: usize = 128;

/// The images that a network is tuned to. They have as many channels as the network.
pub struct TuningImages {
    /// The images to learn from.
    pub training: Vec<Photo>,
    /// The images held out, which only measure.
    pub held_out: Vec<Photo>,
}

/// The progress of a tuning. Code lengths are in bits per sub-pixel.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TuningProgress {
    /// The part of the schedule that is done: 0 to 1.
    pub position: f64,
    /// Steps done.
    pub step: usize,
    /// Pixels learned from.
    pub pixels: u64,
    /// Time since the start.
    pub elapsed: Duration,
    /// The code length of recent crops.
    pub training: f64,
    /// The code length of the images held out at the start, rounded network.
    pub start: f64,
    /// The same at the last measurement.
    pub last: f64,
    /// The shortest of all measurements.
    pub best: f64,
    /// Measurements since the shortest.
    pub since_best: usize,
    /// Whether the schedule was shortened, because `best` had stopped falling.
    pub shortened: bool,
}

/// The result of a tuning.
#[non_exhaustive]
pub struct Tuned {
    /// The network with the shortest code length on the images held out; the first one, if none was better.
    pub network: PhotoNetwork,
    /// The progress at the end.
    pub course: TuningProgress,
}

/// Tunes `network` to images until the budget is spent or `stop` is set. Calls `observe` after every step.
///
/// # Errors
/// When Candle fails.
pub fn tune(
    network: &PhotoNetwork,
    images: TuningImages,
    config: &TuningConfig,
    budget: Budget,
    stop: &AtomicBool,
    mut observe: impl FnMut(&TuningProgress),
) -> Result<Tuned> {
    let mut run = Run::new(network, images, config, budget)?;
    run.course.start = run.measured()?;
    (run.course.last, run.course.best) = (run.course.start, run.course.start);
    run.clock = Clock::new(budget);
    let mut next = run.clock.share(1.0 / MEASUREMENTS);
    let mut is_measured = true;
    while run.course.position < 1.0 && !stop.load(Ordering::Relaxed) {
        if !run.step()? {
            // The weights are lost, but not the best ones.
            break;
        }
        is_measured = run.clock.spent(run.course.step) >= next;
        if is_measured {
            next = run.measure()?;
        }
        observe(&run.course);
    }
    if !is_measured {
        run.measure()?;
    }
    observe(&run.course);
    Ok(Tuned {
        network: run.best,
        course: run.course,
    })
}

/// A tuning under way.
struct Run<'a> {
    config: &'a TuningConfig,
    network: PhotoNetwork,
    optimiser: Optimiser,
    /// The network that the averaged weights are measured with.
    averaged: PhotoNetwork,
    best: PhotoNetwork,
    sampler: Sampler,
    held_out: Vec<Crop>,
    clock: Clock,
    course: TuningProgress,
}

impl<'a> Run<'a> {
    fn new(
        network: &PhotoNetwork,
        images: TuningImages,
        config: &'a TuningConfig,
        budget: Budget,
    ) -> Result<Self> {
        let network = network.copied()?;
        Ok(Self {
            config,
            optimiser: Optimiser::new(network.parameters())?,
            averaged: network.copied()?,
            best: network.copied()?,
            sampler: Sampler::new(images.training),
            held_out: measured_crops(&images.held_out, &network),
            clock: Clock::new(budget),
            course: TuningProgress::default(),
            network,
        })
    }

    /// Trains one step; returns `false` if the loss is no longer a finite number.
    fn step(&mut self) -> Result<bool> {
        let (config, course) = (self.config, &mut self.course);
        let (side, shape) = (config.crop, &self.network.config);
        let draw = Draw {
            step: course.step,
            seed: config.seed,
            batch: config.batch,
            side,
            part_pixels: PART_PIXELS,
            network: shape,
        };
        let cut = |photo: &Photo, rng: &mut ChaCha8Rng| {
            plain_crop(photo, side, shape.reach as usize, &shape.order, rng)
        };
        let parts = self.sampler.parts(&draw, cut);
        let pixels: usize = parts.iter().map(|part: &Examples| part.pixels).sum();
        let sub_pixels = (pixels * shape.channels()) as f64;
        let rounds = course.position >= 1.0 - config.rounding;
        let (bits, gradients) = side_by_side(&self.network, rounds, &parts)?;
        let mean = bits / sub_pixels;
        if !mean.is_finite() {
            return Ok(false);
        }
        let tensors = gradients.tensors(&self.network, (1.0 / sub_pixels) as f32)?;
        self.optimiser.set_gradients(tensors);
        self.optimiser
            .step(&config.update(course.step, course.position))?;
        course.training += (mean - course.training) / (course.step + 1).min(100) as f64;
        course.step += 1;
        course.pixels += pixels as u64;
        course.elapsed = self.clock.elapsed();
        course.position = self.clock.position(course.step);
        Ok(true)
    }

    /// The code length of the images held out under the averaged weights, rounded.
    fn measured(&self) -> Result<f64> {
        self.optimiser.copy_averages(self.averaged.parameters())?;
        Ok(evaluate(&self.averaged, &self.held_out, true)?.per_sub_pixel())
    }

    /// Measures, and keeps the network if it is the best so far. Returns when to measure again.
    fn measure(&mut self) -> Result<f64> {
        let before = self.clock.elapsed();
        let length = self.measured()?;
        let course = &mut self.course;
        course.last = length;
        course.since_best += 1;
        if length < course.best {
            (course.best, course.since_best) = (length, 0);
            self.best.take(&self.averaged)?;
        }
        if course.since_best >= PATIENCE && !course.shortened {
            course.shortened = true;
            self.optimiser.return_to(self.best.parameters())?;
            self.clock.shorten(course.step, LAST_PART);
        }
        let took = (self.clock.elapsed() - before).as_secs_f64();
        let share = self.clock.share(1.0 / MEASUREMENTS);
        Ok(self.clock.spent(course.step) + self.clock.pause(took).max(share))
    }
}

impl TuningConfig {
    /// What the optimiser does at a position of the schedule.
    fn update(&self, step: usize, position: f64) -> Update {
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * position).cos());
        let warm = ((position + 1e-3) / WARM_UP).min(1.0);
        Update {
            rule: self.rule,
            step,
            rate: self.learning_rate * warm * cosine,
            weight_decay: 0.0,
            ema: self.ema,
            clip_norm: 1.0,
        }
    }
}

/// Cuts out the middles of the images held out, or takes all of them if they are small.
fn measured_crops(photos: &[Photo], network: &PhotoNetwork) -> Vec<Crop> {
    let photos = &photos[..photos.len().min(MEASURED_IMAGES)];
    let pixels = |side: usize| -> usize {
        let inside = |photo: &Photo| photo.width.min(side) * photo.height.min(side);
        photos.iter().map(inside).sum()
    };
    let sides = [1024, 768, 512, 384, 256, 192, 128, 96];
    let side = sides
        .into_iter()
        .find(|&side| pixels(side) <= MEASURED_PIXELS);
    let side = side.unwrap_or(64);
    let crop = |photo| central_crop(photo, side, &network.config);
    photos.iter().map(crop).collect()
}

/// The record of a tuning in a model file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TuningRecord {
    /// The model that it began with.
    pub from: String,
    /// The network.
    pub network: PhotoConfig,
    /// How it was tuned.
    pub tuning: TuningConfig,
    /// The images that it learned from.
    pub data: DataDigest,
    /// The commit that the trainer was built from, or its version where the commit is not known.
    pub commit: String,
    /// Steps done.
    pub steps: usize,
    /// The code length of the images held out before tuning, in bits per sub-pixel, rounded network.
    pub before: f64,
    /// The same after tuning.
    pub validation: f64,
}

impl TuningRecord {
    /// Makes the record of a tuning.
    pub fn new(
        from: &str,
        data: DataDigest,
        config: &TuningConfig,
        commit: &str,
        tuned: &Tuned,
    ) -> TuningRecord {
        TuningRecord {
            from: from.into(),
            network: tuned.network.config.clone(),
            tuning: *config,
            data,
            commit: commit.into(),
            steps: tuned.course.step,
            before: tuned.course.start,
            validation: tuned.course.best,
        }
    }
}
