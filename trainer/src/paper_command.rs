//! The commands of `pxc-train` for the paper's networks.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use candle_core::Device;
use clap::Args;
use clap::builder::PossibleValue;
use indicatif::{ProgressBar, ProgressStyle};
use pxc_trainer::optimiser::Rule;
use pxc_trainer::systems::presets::{PRESETS, Preset};
use pxc_trainer::systems::sampling::{Arrangement, draw, write_picture};
use pxc_trainer::systems::small_images::SmallImages;
use pxc_trainer::systems::system::System;
use pxc_trainer::systems::system_config::{Samples, Scale, SystemConfig};
use pxc_trainer::systems::system_evaluation::{Arithmetics, measure};
use pxc_trainer::systems::system_training::{SystemRun, load, train};
use pxc_trainer::{Error, Result};

use crate::{On, device};

/// Train one of the paper's networks.
#[derive(Args)]
pub(crate) struct Paper {
    /// Which network, with the sizes of the paper
    #[arg(value_parser = presets(), hide_possible_values = false)]
    preset: String,
    /// Training images: MNIST idx or packed-bits file, CIFAR-10 batches, image sheets, or a folder (a prefix of names may follow it)
    #[arg(long)]
    data: PathBuf,
    /// Validation images, of the same kinds
    #[arg(long)]
    valid: PathBuf,
    /// Measure the first N validation images in each report
    #[arg(long, value_name = "N", default_value_t = 512)]
    valid_images: usize,
    /// Checkpoint directory; an interrupted run found there goes on
    #[arg(long)]
    out: PathBuf,
    /// Name of the model [default: the preset's]
    #[arg(long)]
    name: Option<String>,
    /// Optimiser steps [default: the preset's]
    #[arg(long)]
    steps: Option<usize>,
    /// Images per step
    #[arg(long)]
    batch: Option<usize>,
    /// Peak learning rate [default: the preset's]
    #[arg(long)]
    learning_rate: Option<f64>,
    /// What the samples are [default: the preset's]
    #[arg(long, value_enum)]
    samples: Option<Samples>,
    /// Width and height of an image [default: the preset's]
    #[arg(long, value_name = "PIXELS")]
    side: Option<usize>,
    /// Multi-Scale: side of the blocks of which the coarse image has a pixel [default: the preset's]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u8).range(2..=16))]
    ratio: Option<u8>,
    /// Residual blocks or LSTM layers [default: the preset's]
    #[arg(long)]
    layers: Option<usize>,
    /// Hidden units of a layer [default: the preset's]
    #[arg(long)]
    hidden: Option<usize>,
    /// Feature maps of the two layers before the softmax [default: the preset's]
    #[arg(long)]
    head: Option<usize>,
    /// Adam instead of the paper's RMSProp
    #[arg(long)]
    adam: bool,
    /// Seed of weights and of the order of the images
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Steps between reports and checkpoints
    #[arg(long, default_value_t = 1000)]
    report_every: usize,
    /// Device
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
    /// No progress bar
    #[arg(long)]
    no_progress: bool,
}

/// The largest tile of a model (`docs/model.md`).
const LARGEST_SIDE: usize = 64;

fn presets() -> Vec<PossibleValue> {
    let value = |preset: &Preset| PossibleValue::new(preset.name).help(preset.summary);
    PRESETS.iter().map(value).collect()
}

pub(crate) fn run(paper: Paper) -> Result<()> {
    let Some(preset) = Preset::find(&paper.preset) else {
        return Err(argument("PRESET", "no such preset"));
    };
    let mut system = preset.system();
    system.name = paper.name.unwrap_or(system.name);
    system.samples = paper.samples.unwrap_or(system.samples);
    system.width = paper.side.unwrap_or(system.width);
    system.height = paper.side.unwrap_or(system.height);
    match (&mut system.scale, paper.ratio) {
        (_, None) => {}
        (Some(Scale::Coarse { ratio } | Scale::Fine { ratio, .. }), Some(wanted)) => {
            *ratio = wanted.into()
        }
        (None, Some(_)) => return Err(argument("--ratio", "only for networks of Multi-Scale")),
    }
    system.layers = paper.layers.unwrap_or(system.layers);
    system.hidden = paper.hidden.unwrap_or(system.hidden);
    system.head = paper.head.unwrap_or(system.head);
    let mut training = preset.training();
    training.seed = paper.seed;
    training.steps = paper.steps.unwrap_or(training.steps);
    training.batch = paper.batch.unwrap_or(training.batch);
    training.learning_rate = paper.learning_rate.unwrap_or(training.learning_rate);
    if paper.adam {
        training.rule = Rule::AdamW;
    }
    if !(1..=LARGEST_SIDE).contains(&system.width) {
        return Err(argument("--side", "expected 1 to 64"));
    }
    if system.hidden < system.channels() || system.head < system.channels() || training.batch == 0 {
        return Err(argument(
            "--hidden, --head, --batch",
            "expected at least one per channel of the image, and one image",
        ));
    }
    let run = SystemRun {
        system,
        training,
        data: paper.data,
        valid: paper.valid,
        valid_images: paper.valid_images,
        out: paper.out,
        report_every: paper.report_every.max(1),
        progress: !paper.no_progress && std::io::stderr().is_terminal(),
    };
    let measured = train(&run, &device(paper.device)?)?;
    println!(
        "{:.3} nats per image, {:.4} bits per dimension on {} validation images, integer network",
        measured.nats_per_image(),
        measured.bits_per_dimension(),
        measured.images
    );
    Ok(())
}

/// Draw images from a network of the paper.
#[derive(Args)]
pub(crate) struct Sample {
    /// Checkpoint directory
    checkpoint: PathBuf,
    /// For Multi-Scale's fine network: the checkpoint directory of the coarse one, which draws the known pixels
    #[arg(long, value_name = "CHECKPOINT")]
    coarse: Option<PathBuf>,
    /// Images side by side and below one another
    #[arg(long, value_name = "CxR", default_value = "8x8", value_parser = grid)]
    grid: Arrangement,
    /// The PNG file to write
    #[arg(short, long)]
    output: PathBuf,
    /// Seed of the draws
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// No progress bar
    #[arg(long)]
    no_progress: bool,
}

/// Complete images whose lower part is hidden.
#[derive(Args)]
pub(crate) struct Complete {
    /// Checkpoint directory
    checkpoint: PathBuf,
    /// Images, of the kinds that training reads
    images: PathBuf,
    /// How much is hidden, from below: `half`, or a number of rows
    #[arg(long, value_name = "ROWS", default_value = "half")]
    occlude: String,
    /// Complete the first N images, a row of the picture for each
    #[arg(long, value_name = "N", default_value_t = 8)]
    count: usize,
    /// Completions of each image, between the occluded one and the original
    #[arg(long, value_name = "N", default_value_t = 4)]
    completions: usize,
    /// The PNG file to write
    #[arg(short, long)]
    output: PathBuf,
    /// Seed of the draws
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// No progress bar
    #[arg(long)]
    no_progress: bool,
}

fn grid(text: &str) -> std::result::Result<Arrangement, String> {
    let sides = text.split_once('x').and_then(|(columns, rows)| {
        let (columns, rows) = (columns.parse().ok()?, rows.parse().ok()?);
        (1..=64).contains(&columns).then_some(())?;
        (1..=64)
            .contains(&rows)
            .then_some(Arrangement { columns, rows })
    });
    sides.ok_or_else(|| "expected columns x rows, each 1 to 64, such as 8x8".into())
}

pub(crate) fn sample(sample: &Sample) -> Result<()> {
    let (system, _) = load(&sample.checkpoint, &Device::Cpu)?;
    let Arrangement { columns, rows } = sample.grid;
    let config = &system.config;
    let size = config.width * config.height * config.channels();
    let mut images = vec![vec![0; size]; columns * rows];
    match (config.coarse(), &sample.coarse) {
        (Some((ratio, _)), Some(coarse)) => {
            draw_coarse(&mut images, config, ratio, coarse, sample)?
        }
        (None, None) => {}
        (Some(_), None) => {
            return Err(argument(
                "--coarse",
                "this network needs a coarse network's pixels",
            ));
        }
        (None, Some(_)) => return Err(argument("--coarse", "this network sees no coarse image")),
    }
    let bar = pixel_bar(&system, 0, sample.no_progress);
    draw(&system, &mut images, 0, sample.seed, || bar.inc(1))?;
    bar.finish_and_clear();
    write_picture(&sample.output, config, &images, sample.grid)
}

/// Draws the pixels that a fine network knows beforehand.
fn draw_coarse(
    images: &mut [Vec<u8>],
    config: &SystemConfig,
    ratio: usize,
    checkpoint: &Path,
    sample: &Sample,
) -> Result<()> {
    let (system, _) = load(checkpoint, &Device::Cpu)?;
    let (channels, coarse) = (config.channels(), &system.config);
    let expected = (
        config.samples,
        config.width.div_ceil(ratio),
        config.height.div_ceil(ratio),
    );
    if (coarse.samples, coarse.width, coarse.height) != expected {
        return Err(argument(
            "--coarse",
            "its images are not those that the network sees",
        ));
    }
    let size = coarse.width * coarse.height * channels;
    let mut small = vec![vec![0; size]; images.len()];
    let bar = pixel_bar(&system, 0, sample.no_progress);
    draw(&system, &mut small, 0, sample.seed, || bar.inc(1))?;
    bar.finish_and_clear();
    for (image, small) in images.iter_mut().zip(&small) {
        for (index, pixel) in small.chunks_exact(channels).enumerate() {
            let (y, x) = (index / coarse.width * ratio, index % coarse.width * ratio);
            image[(y * config.width + x) * channels..][..channels].copy_from_slice(pixel);
        }
    }
    Ok(())
}

pub(crate) fn complete(complete: &Complete) -> Result<()> {
    let (system, _) = load(&complete.checkpoint, &Device::Cpu)?;
    let config = &system.config;
    let hidden = match complete.occlude.as_str() {
        "half" => config.height / 2,
        rows => match rows.parse() {
            Ok(rows) if (1..=config.height).contains(&rows) => rows,
            _ => return Err(argument("--occlude", "expected half, or rows of the image")),
        },
    };
    let mut originals = SmallImages::read(&complete.images, config)?;
    originals.truncate(complete.count.max(1));
    let kept = config.height - hidden;
    let known = kept * config.width * config.channels();
    let occluded = |index: usize| {
        let mut image = originals.get(index).to_vec();
        image[known..].fill(0);
        image
    };
    let copies = (0..originals.len()).flat_map(|i| vec![occluded(i); complete.completions]);
    let mut completed: Vec<Vec<u8>> = copies.collect();
    let bar = pixel_bar(&system, kept, complete.no_progress);
    draw(&system, &mut completed, kept, complete.seed, || bar.inc(1))?;
    bar.finish_and_clear();
    let mut shown = Vec::new();
    for index in 0..originals.len() {
        shown.push(occluded(index));
        shown.extend_from_slice(&completed[index * complete.completions..][..complete.completions]);
        shown.push(originals.get(index).to_vec());
    }
    let arrangement = Arrangement {
        columns: complete.completions + 2,
        rows: originals.len(),
    };
    write_picture(&complete.output, config, &shown, arrangement)
}

/// Measures a checkpoint of a network of the paper, in the paper's units.
pub(crate) fn evaluate(checkpoint: &Path, images: &Path, no_progress: bool) -> Result<()> {
    let (system, config) = load(checkpoint, &Device::Cpu)?;
    let images = SmallImages::read(images, &system.config)?;
    let bar = bar(2 * images.len(), no_progress);
    let real = measure(&system, &images, Arithmetics::Real, Some(&bar))?;
    let integer = measure(&system, &images, Arithmetics::Integer, Some(&bar))?;
    bar.finish_and_clear();
    println!("model\tstep\timages\tarithmetic\tnats_per_image\tbits_per_dimension");
    for (name, measured) in [("float", real), ("integer", integer)] {
        println!(
            "{}\t{}\t{}\t{name}\t{:.4}\t{:.5}",
            system.config.name,
            config.step,
            measured.images,
            measured.nats_per_image(),
            measured.bits_per_dimension()
        );
    }
    Ok(())
}

fn pixel_bar(system: &System, first_row: usize, hidden: bool) -> ProgressBar {
    let rows = system.config.height - first_row;
    bar(rows * system.config.width, hidden)
}

fn bar(length: usize, hidden: bool) -> ProgressBar {
    if hidden || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

fn argument(argument: &'static str, reason: &str) -> Error {
    Error::Argument {
        argument,
        reason: reason.into(),
    }
}
