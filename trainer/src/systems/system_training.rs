//! The training loop of the paper's networks: images, forward, code length, step, report. Read it from top to bottom.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use candle_core::Device;
use indicatif::{ProgressBar, ProgressStyle};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use super::image_batch::ImageBatch;
use super::small_images::SmallImages;
use super::system::System;
use super::system_config::SystemConfig;
use super::system_evaluation::{Arithmetics, Measured, measure};
use crate::config::cosine_rate;
use crate::curve::{self, Axis, Point};
use crate::dataset::DataDigest;
use crate::optimiser::{Optimiser, Rule, Update};
use crate::training::commit;
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

    let mut reporter = Reporter::new(run, &system, &data, &state)?;
    let mut order = Order::new(run.training.seed, data.len());
    let mut measured = Measured::default();
    let end = last.min(run.training.steps);
    while state.step < end {
        let images = order.batch(state.step, run.training.batch);
        let images: Vec<&[u8]> = images.into_iter().map(|index| data.get(index)).collect();
        let batch = ImageBatch::new(&run.system, &images, device)?;
        let lengths = system.code_lengths(&batch)?;
        let total = lengths
            .iter()
            .skip(1)
            .try_fold(lengths[0].clone(), |sum, length| sum + length)?;
        let sub_pixels = batch.coded_pixels()? * run.system.channels();
        let mean = (total.sum_all()? / sub_pixels as f64)?;
        let loss = mean.to_scalar::<f32>()?;
        if !loss.is_finite() {
            return Err(Error::Diverged {
                step: state.step,
                loss,
            });
        }
        optimiser.accumulate(&mean.backward()?)?;
        let norm = optimiser.step(&run.training.update_at(state.step))?;
        state.step += 1;
        reporter.count(loss, norm);

        if state.step.is_multiple_of(run.report_every) || state.step == end {
            for ((_, parameter), slot) in averaged.parameters().iter().zip(&optimiser.slots) {
                parameter.set(&slot.average.to_device(&Device::Cpu)?)?;
            }
            let real = measure(&averaged, &valid, Arithmetics::Real, None)?;
            measured = measure(&averaged, &valid, Arithmetics::Integer, None)?;
            state.minutes = reporter.minutes();
            state.validation = Some(measured.nats_per_image());
            checkpoint::save(&run.out, &state, state.step, &optimiser)?;
            reporter.report(&state, real, measured)?;
        }
    }
    reporter.bar.finish_and_clear();
    Ok(measured)
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

/// Prints one aligned line per report, appends it to `log.tsv` and redraws the curve.
struct Reporter<'a> {
    run: &'a SystemRun,
    bar: ProgressBar,
    start: Instant,
    minutes_before: f64,
    points: Vec<Point>,
    loss: f64,
    norm: f64,
    steps: usize,
}

const HEADING: &str = "step\tminutes\tepochs\tlearning_rate\tgradient_norm\ttraining\tvalidation_float\tvalidation_integer";

impl<'a> Reporter<'a> {
    fn new(
        run: &'a SystemRun,
        system: &System,
        data: &SmallImages,
        state: &SystemCheckpoint,
    ) -> Result<Reporter<'a>> {
        std::fs::create_dir_all(&run.out).map_err(|source| Error::Io {
            path: run.out.clone(),
            source,
        })?;
        eprintln!(
            "{}: {} parameters, {} images, data {}",
            run.system.name,
            system.parameter_count(),
            data.len(),
            &data.digest.digest[..16],
        );
        let bar = match run.progress {
            true => ProgressBar::new(run.training.steps as u64),
            false => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {msg} {eta}") {
            bar.set_style(style);
        }
        bar.set_position(state.step as u64);
        Ok(Reporter {
            run,
            bar,
            start: Instant::now(),
            minutes_before: state.minutes,
            points: curve::read_points(&run.out.join("log.tsv"), state.step),
            loss: 0.0,
            norm: 0.0,
            steps: 0,
        })
    }

    fn minutes(&self) -> f64 {
        self.minutes_before + self.start.elapsed().as_secs_f64() / 60.0
    }

    fn count(&mut self, loss: f32, norm: f64) {
        self.loss += f64::from(loss);
        self.norm += norm;
        self.steps += 1;
        self.bar.inc(1);
        let message = format!("{:.4} bits/dim", self.loss / self.steps as f64);
        self.bar.set_message(message);
    }

    fn report(
        &mut self,
        state: &SystemCheckpoint,
        real: Measured,
        integer: Measured,
    ) -> Result<()> {
        let training = &self.run.training;
        let rate = cosine_rate(training.learning_rate, state.step, training.steps);
        let epochs = (state.step * training.batch) as f64 * self.images_per_pixel(state);
        let pixels = (self.run.system.width * self.run.system.height) as f64;
        let nats = self.run.system.channels() as f64 * pixels * std::f64::consts::LN_2;
        let (loss, norm) = (
            self.loss / self.steps as f64 * nats,
            self.norm / self.steps as f64,
        );
        let (real, whole) = (real.nats_per_image(), integer.nats_per_image());
        self.bar.suspend(|| {
            eprintln!(
                "step {:>7}  {:>6.1} min  epoch {epochs:>6.2}  lr {rate:.2e}  grad {norm:>6.3}  nats/image train {loss:.3}  \
                 valid float {real:.3}  integer {whole:.3}  bits/dim {:.4}",
                state.step, state.minutes, integer.bits_per_dimension()
            );
        });
        let line = format!(
            "{}\t{:.2}\t{epochs:.3}\t{rate:.3e}\t{norm:.4}\t{loss:.4}\t{real:.4}\t{whole:.4}",
            state.step, state.minutes
        );
        let path = self.run.out.join("log.tsv");
        append(&path, &line).map_err(|source| Error::Io { path, source })?;
        self.points.push(Point {
            step: state.step,
            training: loss,
            validation: whole,
        });
        (self.loss, self.norm, self.steps) = (0.0, 0.0, 0);
        let path = self.run.out.join("curve.png");
        curve::draw(
            &path,
            &self.run.system.name,
            Axis::NatsPerImage,
            &self.points,
        )
    }

    fn images_per_pixel(&self, state: &SystemCheckpoint) -> f64 {
        let pixels = (self.run.system.width * self.run.system.height) as f64;
        pixels / state.data.pixels as f64
    }
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut log = OpenOptions::new().create(true).append(true).open(path)?;
    if log.metadata()?.len() == 0 {
        writeln!(log, "{HEADING}")?;
    }
    writeln!(log, "{line}")
}
