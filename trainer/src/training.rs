//! The training loop: crops, forward, code length, step, report. Read it from top to bottom.

use std::path::PathBuf;

use candle_core::{Device, Tensor};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::augmentation::{Crop, random_crop, whole_image};
use crate::checkpoint::{self, CheckpointConfig};
use crate::config::{NetworkConfig, TrainingConfig};
use crate::curve::Axis;
use crate::dataset::{Dataset, Picture};
use crate::evaluation::{CodeLength, central_crop, evaluate};
use crate::features::Examples;
use crate::network::Network;
use crate::optimiser::Optimiser;
use crate::run_log::{Logging, Report, RunLog};
use crate::{Error, Result};

/// Everything one run needs.
pub struct Run {
    /// The network to train.
    pub network: NetworkConfig,
    /// How to train it.
    pub training: TrainingConfig,
    /// Training images.
    pub data: PathBuf,
    /// Validation images.
    pub valid: PathBuf,
    /// The checkpoint directory; a run that finds one goes on from it.
    pub out: PathBuf,
    /// A checkpoint whose weights are the starting point of a new run.
    pub initial: Option<PathBuf>,
    /// Steps between reports, each with a validation and a checkpoint.
    pub report_every: usize,
    /// Whether a progress bar is drawn.
    pub progress: bool,
}

/// Side of the central crop of each validation image that a report measures.
const VALIDATION_SIDE: usize = 96;

/// Pixels that are passed through the network together.
const PART_PIXELS: usize = 2048;

/// Trains to the last step of the schedule, and returns the final code length on the validation crops.
pub fn train(run: &Run, device: &Device) -> Result<CodeLength> {
    train_until(run, device, run.training.steps)
}

/// Trains up to step `last` of the schedule, as an interrupted run would, leaving a checkpoint.
pub fn train_until(run: &Run, device: &Device, last: usize) -> Result<CodeLength> {
    let reach = run.network.reach as usize;
    let smallest = match run.training.whole_images {
        true => 1,
        false => run.training.crop + 2 * reach,
    };
    let data = Dataset::read(&run.data, smallest)?;
    if run.training.whole_images {
        check_sizes(&data, run.training.crop)?;
    }
    let valid = Dataset::read(&run.valid, 1)?;
    let validation: Vec<Crop> = valid
        .pictures
        .iter()
        .map(|p| central_crop(p, VALIDATION_SIDE, &run.network))
        .collect();

    let network = Network::new(&run.network, run.training.seed, device)?;
    let averaged = Network::new(&run.network, run.training.seed, device)?;
    let mut optimiser = Optimiser::new(network.parameters())?;
    let mut config = CheckpointConfig {
        version: 1,
        network: run.network.clone(),
        training: run.training.clone(),
        data: data.digest.clone(),
        commit: commit(),
        step: 0,
        validation: None,
    };
    config.step = checkpoint::resume(&run.out, &config, &mut optimiser, device)?;
    if let (0, Some(initial)) = (config.step, &run.initial) {
        let found: CheckpointConfig = checkpoint::read_config(initial)?;
        let fresh = checkpoint::initialise_from(initial, &mut optimiser, device, |name| {
            found.network.has_block_of(name).then(|| name.into())
        })?;
        if !fresh.is_empty() {
            eprintln!("not in {}: {}", initial.display(), fresh.join(", "));
        }
    }

    eprintln!(
        "{}: {} multiplications per pixel, {} images, {:.1} Mpixel, data {}",
        network.config.name,
        network.multiplications(),
        data.digest.files,
        data.digest.pixels as f64 / 1e6,
        &data.digest.digest[..16],
    );
    let mut log = RunLog::new(Logging {
        out: &run.out,
        title: &run.network.name,
        axis: Axis::BitsPerSubPixel,
        amount: "megapixels",
        steps: run.training.steps,
        done: config.step,
        minutes: 0.0,
        progress: run.progress,
    })?;
    let mut trained = 0;
    let sampler = Sampler::new(&data);
    let mut length = CodeLength::default();
    let end = last.min(run.training.steps);
    while config.step < end {
        let step = config.step;
        let rounds = run.training.rounds_at(step);
        let rounded = rounds.then(|| network.rounded()).transpose()?;
        let mut loss = 0.0;
        let mut pixels = 0;
        for examples in sampler.parts(step, run) {
            let batch = network.batch(&examples)?;
            let lengths = network.code_lengths(&batch, rounded.as_ref())?;
            let sub_pixels = run.training.batch * run.training.crop.pow(2) * lengths.len();
            let total = sum_of(&lengths)?;
            let part = (total.sum_all()? / sub_pixels as f64)?;
            loss += part.to_scalar::<f32>()?;
            pixels += examples.pixels;
            optimiser.accumulate(&part.backward()?)?;
        }
        if !loss.is_finite() {
            return Err(Error::Diverged { step, loss });
        }
        let norm = optimiser.step(&run.training.update_at(step))?;
        config.step += 1;
        log.count(f64::from(loss), norm);
        trained += pixels;

        if config.step.is_multiple_of(run.report_every) || config.step == end {
            optimiser.copy_averages(averaged.parameters())?;
            let float = evaluate(&averaged, &validation, false)?;
            length = evaluate(&averaged, &validation, true)?;
            config.validation = Some(length.per_sub_pixel());
            checkpoint::save(&run.out, &config, config.step, &optimiser)?;
            log.report(&Report {
                step: config.step,
                amount: trained as f64 / 1e6,
                rate: run.training.learning_rate_at(config.step),
                float: float.per_sub_pixel(),
                integer: length.per_sub_pixel(),
            })?;
        }
    }
    log.finish();
    Ok(length)
}

fn check_sizes(data: &Dataset, side: usize) -> Result<()> {
    let other = |p: &&Picture| (p.width, p.height) != (side, side);
    let Some(Picture { width, height, .. }) = data.pictures.iter().find(other) else {
        return Ok(());
    };
    Err(Error::Argument {
        argument: "--whole-images",
        reason: format!("expected images of {side}x{side} pixels, found one of {width}x{height}"),
    })
}

/// Picks crops, every step from its own random stream, so that a resumed run sees what an uninterrupted one would.
struct Sampler<'a> {
    pictures: &'a [Picture],
    /// Running sum of the pixels.
    sums: Vec<usize>,
}

impl<'a> Sampler<'a> {
    fn new(data: &'a Dataset) -> Self {
        let sums = data
            .pictures
            .iter()
            .scan(0, |sum, p| {
                *sum += p.width * p.height;
                Some(*sum)
            })
            .collect();
        Self {
            pictures: &data.pictures,
            sums,
        }
    }

    /// The batch of `step` in parts of [`PART_PIXELS`], small enough to stay in the processor's cache.
    fn parts<'b>(&'b self, step: usize, run: &'b Run) -> impl Iterator<Item = Examples> + 'b {
        let mut rng = ChaCha8Rng::seed_from_u64(run.training.seed);
        rng.set_stream(step as u64 + 1);
        let network = &run.network;
        let taps = network.taps();
        let crops = (PART_PIXELS / run.training.crop.pow(2)).max(1);
        (0..run.training.batch).step_by(crops).map(move |first| {
            let mut examples = Examples::new(network.channels());
            for _ in first..(first + crops).min(run.training.batch) {
                let picture = self.pick(&mut rng);
                let reach = network.reach as usize;
                let (side, order) = (run.training.crop, &network.order);
                let crop = match run.training.whole_images {
                    true => whole_image(picture, order, &mut rng),
                    false => random_crop(picture, side, reach, order, &mut rng),
                };
                examples.push_crop(&crop, network, &taps);
            }
            examples
        })
    }

    /// A picture, with a chance proportional to its pixels.
    fn pick(&self, rng: &mut impl Rng) -> &Picture {
        let pixel = rng.random_range(0..*self.sums.last().unwrap_or(&1));
        &self.pictures[self.sums.partition_point(|&sum| sum <= pixel)]
    }
}

/// The sum over the channels.
pub(crate) fn sum_of(lengths: &[Tensor]) -> candle_core::Result<Tensor> {
    let (first, rest) = lengths.split_at(1);
    rest.iter()
        .try_fold(first[0].clone(), |sum, length| sum + length)
}

/// The commit of the checkout that the trainer runs in.
pub(crate) fn commit() -> String {
    std::process::Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".into(), |text| text.trim().into())
}
