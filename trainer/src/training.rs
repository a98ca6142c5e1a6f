//! The training loop: crops, forward, code length, step, report. Read it from top to bottom.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use candle_core::Device;
use indicatif::{ProgressBar, ProgressStyle};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::augmentation::{Crop, random_crop};
use crate::checkpoint::{self, CheckpointConfig};
use crate::config::{NetworkConfig, TrainingConfig};
use crate::curve::{self, Axis, Point};
use crate::dataset::{Dataset, Picture};
use crate::evaluation::{CodeLength, central_crop, evaluate};
use crate::features::Examples;
use crate::network::Network;
use crate::optimiser::Optimiser;
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
    let data = Dataset::read(&run.data, run.training.crop + 2 * reach)?;
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
        checkpoint::initialise_from(initial, &mut optimiser, device)?;
    }

    let mut reporter = Reporter::new(run, &network, &data, config.step)?;
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
            let total = lengths
                .iter()
                .skip(1)
                .try_fold(lengths[0].clone(), |sum, l| sum + l)?;
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
        reporter.count(loss, norm, pixels);

        if config.step.is_multiple_of(run.report_every) || config.step == end {
            for ((_, parameter), slot) in averaged.parameters().iter().zip(&optimiser.slots) {
                parameter.set(&slot.average)?;
            }
            let float = evaluate(&averaged, &validation, false)?;
            length = evaluate(&averaged, &validation, true)?;
            config.validation = Some(length.per_sub_pixel());
            checkpoint::save(&run.out, &config, config.step, &optimiser)?;
            reporter.report(config.step, float, length)?;
        }
    }
    reporter.bar.finish_and_clear();
    Ok(length)
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
                let crop = random_crop(picture, run.training.crop, reach, &network.order, &mut rng);
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

/// Prints one aligned line per report, appends it to `log.tsv` and redraws the curve.
struct Reporter<'a> {
    run: &'a Run,
    bar: ProgressBar,
    log: std::fs::File,
    start: Instant,
    points: Vec<Point>,
    loss: f64,
    norm: f64,
    steps: usize,
    pixels: usize,
}

impl<'a> Reporter<'a> {
    fn new(run: &'a Run, network: &Network, data: &Dataset, done: usize) -> Result<Self> {
        let path = run.out.join("log.tsv");
        let io = |source| Error::Io {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(&run.out).map_err(io)?;
        let points = curve::read_points(&path, done);
        let mut log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(io)?;
        if log.metadata().map_err(io)?.len() == 0 {
            writeln!(log, "step\tminutes\tmegapixels\tlearning_rate\tgradient_norm\ttraining\tvalidation_float\tvalidation_integer")
                .map_err(io)?;
        }
        eprintln!(
            "{}: {} multiplications per pixel, {} images, {:.1} Mpixel, data {}",
            network.config.name,
            network.multiplications(),
            data.digest.files,
            data.digest.pixels as f64 / 1e6,
            &data.digest.digest[..16],
        );
        let bar = if run.progress {
            ProgressBar::new(run.training.steps as u64)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {msg} {eta}") {
            bar.set_style(style);
        }
        bar.set_position(done as u64);
        let start = Instant::now();
        Ok(Self {
            run,
            bar,
            log,
            start,
            points,
            loss: 0.0,
            norm: 0.0,
            steps: 0,
            pixels: 0,
        })
    }

    fn count(&mut self, loss: f32, norm: f64, pixels: usize) {
        self.loss += f64::from(loss);
        self.norm += norm;
        self.steps += 1;
        self.pixels += pixels;
        self.bar.inc(1);
        self.bar
            .set_message(format!("{:.4} bpsp", self.loss / self.steps as f64));
    }

    fn report(&mut self, step: usize, float: CodeLength, integer: CodeLength) -> Result<()> {
        let minutes = self.start.elapsed().as_secs_f64() / 60.0;
        let megapixels = self.pixels as f64 / 1e6;
        let rate = self.run.training.learning_rate_at(step);
        let (training, norm) = (self.loss / self.steps as f64, self.norm / self.steps as f64);
        let (float, integer) = (float.per_sub_pixel(), integer.per_sub_pixel());
        self.bar.suspend(|| {
            eprintln!(
                "step {step:>7}  {minutes:>6.1} min  {megapixels:>7.1} Mpx  lr {rate:.2e}  grad {norm:>6.3}  train {training:.4}  \
                 valid float {float:.4}  integer {integer:.4}  gap {:+.2} %",
                100.0 * (integer / float - 1.0)
            );
        });
        let path = self.run.out.join("log.tsv");
        writeln!(
            self.log,
            "{step}\t{minutes:.2}\t{megapixels:.2}\t{rate:.3e}\t{norm:.4}\t{training:.5}\t{float:.5}\t{integer:.5}"
        )
        .map_err(|source| Error::Io { path, source })?;
        self.points.push(Point {
            step,
            training,
            validation: integer,
        });
        (self.loss, self.norm, self.steps) = (0.0, 0.0, 0);
        curve::draw(
            &self.run.out.join("curve.png"),
            &self.run.network.name,
            Axis::BitsPerSubPixel,
            &self.points,
        )
    }
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
