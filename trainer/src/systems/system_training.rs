//! The training loop of the paper's networks: images, forward, code length, step, report. Read it from top to bottom.

use std::path::{Path, PathBuf};

use candle_core::Device;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::deepening;
use super::image_batch::ImageBatch;
use super::lstm_scan::Arithmetic;
use super::small_images::SmallImages;
use super::system::System;
use super::system_config::SystemConfig;
use super::system_evaluation::{Measured, measure};
use crate::config::cosine_rate;
use crate::curve::Axis;
use crate::dataset::DataDigest;
use crate::optimiser::{Optimiser, Rule, Update};
use crate::run_log::{Logging, Report, RunLog};
use crate::training::{commit, sum_of};
use crate::{Error, Result, checkpoint};

/// How a network of the paper is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemTraining {
    /// Seed of the initial weights and of the order of the images.
    pub seed: u64,
    /// Optimiser steps in all.
    pub steps: usize,
    /// Images per step.
    pub batch: usize,
    /// The update rule.
    pub rule: Rule,
    /// Peak learning rate of the cosine schedule.
    pub learning_rate: f64,
    /// Decay of the moving average of the weights, which is what gets evaluated and exported.
    pub ema: f64,
    /// Largest norm of the whole gradient.
    pub clip_norm: f64,
}

impl SystemTraining {
    fn update_at(&self, step: usize) -> Update {
        Update {
            rule: self.rule,
            step,
            rate: cosine_rate(self.learning_rate, step, self.steps),
            weight_decay: 0.0,
            ema: self.ema,
            clip_norm: self.clip_norm,
        }
    }
}

/// `config.json` of a checkpoint of one of the paper's networks; the other files are those of [`checkpoint`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemCheckpoint {
    /// Version of this file: 1.
    pub version: u32,
    /// The network.
    pub system: SystemConfig,
    /// The training.
    pub training: SystemTraining,
    /// The training images.
    pub data: DataDigest,
    /// The commit of the trainer, "unknown" outside a checkout.
    pub commit: String,
    /// Steps done.
    pub step: usize,
    /// Minutes of training so far.
    pub minutes: f64,
    /// The code length on the validation images at that step, in nats per image, integer network.
    pub validation: Option<f64>,
}

/// Loads the averaged network of a checkpoint, and what it was made of.
pub fn load(directory: &Path, device: &Device) -> Result<(System, SystemCheckpoint)> {
    let config: SystemCheckpoint = checkpoint::read_config(directory)?;
    let system = System::new(&config.system, config.training.seed, device)?;
    checkpoint::load_weights(directory, system.parameters(), device)?;
    Ok((system, config))
}

/// Everything one run needs.
pub struct SystemRun {
    /// The network to train.
    pub system: SystemConfig,
    /// How to train it.
    pub training: SystemTraining,
    /// Training images, see [`SmallImages::read`].
    pub data: PathBuf,
    /// Validation images.
    pub valid: PathBuf,
    /// Of these, how many a report measures.
    pub valid_images: usize,
    /// The checkpoint directory; a run that finds one goes on from it.
    pub out: PathBuf,
    /// A checkpoint to start from, of the same network with as many blocks or fewer.
    pub initial: Option<PathBuf>,
    /// Steps between reports, each with a validation and a checkpoint.
    pub report_every: usize,
    /// Whether a progress bar is drawn.
    pub progress: bool,
}

/// Trains to the last step of the schedule; returns the code length of the validation images, integer network.
pub fn train(run: &SystemRun, device: &Device) -> Result<Measured> {
    train_until(run, device, run.training.steps)
}

/// Trains up to step `last` of the schedule, as an interrupted run would, leaving a checkpoint.
pub fn train_until(run: &SystemRun, device: &Device, last: usize) -> Result<Measured> {
    let data = SmallImages::read(&run.data, &run.system)?;
    let mut valid = SmallImages::read(&run.valid, &run.system)?;
    valid.truncate(run.valid_images);

    let system = System::new(&run.system, run.training.seed, device)?;
    // Integer networks are evaluated on the processor.
    let averaged = System::new(&run.system, run.training.seed, &Device::Cpu)?;
    let mut optimiser = Optimiser::new(system.parameters())?;
    let mut state = SystemCheckpoint {
        version: 1,
        system: run.system.clone(),
        training: run.training.clone(),
        data: data.digest.clone(),
        commit: commit(),
        step: 0,
        minutes: 0.0,
        validation: None,
    };
    resume(run, &mut state, &mut optimiser, device)?;
    if let (0, Some(initial)) = (state.step, &run.initial) {
        deepening::start_from(initial, &run.system, &mut optimiser, device)?;
    }

    eprintln!(
        "{}: {} parameters, {} images, data {}",
        run.system.name,
        system.parameter_count(),
        data.len(),
        &data.digest.digest[..16],
    );
    let mut log = RunLog::new(Logging {
        out: &run.out,
        title: &run.system.name,
        axis: Axis::NatsPerImage,
        amount: "epochs",
        steps: run.training.steps,
        done: state.step,
        minutes: state.minutes,
        progress: run.progress,
    })?;
    // On the CPU images are computed one by one: their maps stay in the cache, and threads share the batch.
    let part = if device.is_cpu() {
        1
    } else {
        run.training.batch
    };
    let mut order = Order::new(run.training.seed, data.len());
    let mut measured = Measured::default();
    let end = last.min(run.training.steps);
    while state.step < end {
        let images = order.batch(state.step, run.training.batch);
        let images: Vec<&[u8]> = images.into_iter().map(|index| data.get(index)).collect();
        let parts: Vec<ImageBatch> = images
            .chunks(part)
            .map(|images| ImageBatch::new(&run.system, images, device))
            .collect::<Result<_>>()?;
        let pixels = parts
            .iter()
            .map(ImageBatch::coded_pixels)
            .sum::<Result<usize>>()?;
        let sub_pixels = pixels * run.system.channels();
        let loss = gradients(&system, &parts, sub_pixels, &mut optimiser)?;
        if !loss.is_finite() {
            return Err(Error::Diverged {
                step: state.step,
                loss,
            });
        }
        let norm = optimiser.step(&run.training.update_at(state.step))?;
        state.step += 1;
        let nats = f64::from(loss) * sub_pixels as f64 * std::f64::consts::LN_2;
        log.count(nats / run.training.batch as f64, norm);

        if state.step.is_multiple_of(run.report_every) || state.step == end {
            optimiser.copy_averages(averaged.parameters())?;
            let real = measure(&averaged, &valid, Arithmetic::Real, None)?;
            measured = measure(&averaged, &valid, Arithmetic::Integer, None)?;
            state.minutes = log.minutes();
            state.validation = Some(measured.nats_per_image());
            checkpoint::save(&run.out, &state, state.step, &optimiser)?;
            log.report(&Report {
                step: state.step,
                amount: (state.step * run.training.batch) as f64 / data.len() as f64,
                rate: run.training.update_at(state.step).rate,
                float: real.nats_per_image(),
                integer: measured.nats_per_image(),
            })?;
        }
    }
    log.finish();
    Ok(measured)
}

/// Accumulates the gradients of the mean code length, the parts side by side, and returns it. The sum is in the order of the
/// parts, so the number of threads changes no bit of it.
fn gradients(
    system: &System,
    parts: &[ImageBatch],
    sub_pixels: usize,
    optimiser: &mut Optimiser,
) -> Result<f32> {
    let of_part = |batch: &ImageBatch| {
        let total = sum_of(&system.code_lengths(batch)?)?;
        let mean = (total.sum_all()? / sub_pixels as f64)?;
        Ok((mean.to_scalar::<f32>()?, mean.backward()?))
    };
    let computed: Result<Vec<_>> = parts.par_iter().map(of_part).collect();
    let mut loss = 0.0;
    for (mean, gradients) in computed? {
        loss += mean;
        optimiser.accumulate(&gradients)?;
    }
    Ok(loss)
}

fn resume(
    run: &SystemRun,
    state: &mut SystemCheckpoint,
    optimiser: &mut Optimiser,
    device: &Device,
) -> Result<()> {
    if !checkpoint::exists(&run.out) {
        return Ok(());
    }
    let found: SystemCheckpoint = checkpoint::read_config(&run.out)?;
    checkpoint::expect_same(&run.out, "system", &state.system, &found.system)?;
    checkpoint::expect_same(&run.out, "training", &state.training, &found.training)?;
    checkpoint::expect_same(&run.out, "data", &state.data, &found.data)?;
    state.step = checkpoint::restore(&run.out, optimiser, device)?;
    state.minutes = found.minutes;
    Ok(())
}

/// Which images a step sees: all of them once per epoch, in an order of its own.
struct Order {
    seed: u64,
    images: usize,
    epoch: Option<usize>,
    order: Vec<usize>,
}

impl Order {
    fn new(seed: u64, images: usize) -> Order {
        Order {
            seed,
            images,
            epoch: None,
            order: Vec::new(),
        }
    }

    fn batch(&mut self, step: usize, size: usize) -> Vec<usize> {
        let first = step * size;
        (first..first + size).map(|index| self.at(index)).collect()
    }

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
