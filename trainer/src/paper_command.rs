//! The commands of `pxc-train` that train and measure the paper's networks.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use candle_core::Device;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use pxc_trainer::optimiser::Rule;
use pxc_trainer::systems::lstm_scan::Arithmetic;
use pxc_trainer::systems::presets::{PRESETS, Preset};
use pxc_trainer::systems::small_images::SmallImages;
use pxc_trainer::systems::system_config::{Samples, Scale};
use pxc_trainer::systems::system_evaluation::measure;
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
    /// Start from this checkpoint: the same network, or one of fewer blocks
    #[arg(long, value_name = "CHECKPOINT")]
    init: Option<PathBuf>,
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
    /// Multi-Scale: feature maps of the upsampled coarse image [default: the preset's]
    #[arg(long, value_name = "N")]
    maps: Option<usize>,
    /// Residual blocks or LSTM layers [default: the preset's]
    #[arg(long)]
    layers: Option<usize>,
    /// Hidden units of a layer [default: the preset's]
    #[arg(long)]
    hidden: Option<usize>,
    /// Feature maps of the two layers before the softmax [default: the preset's]
    #[arg(long)]
    head: Option<usize>,
    /// Let every block or layer also lead straight to the softmax's layers [default: the preset's]
    #[arg(long)]
    skip: bool,
    /// How gradients change the weights [default: the preset's, RMSProp as in the paper]
    #[arg(long, value_enum)]
    rule: Option<RuleName>,
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

#[derive(Clone, Copy, ValueEnum)]
pub enum RuleName {
    /// The gradient over the root of its mean square
    Rmsprop,
    /// Adam
    Adam,
    /// Orthogonal steps for matrices, Adam for biases
    Muon,
}

impl From<RuleName> for Rule {
    fn from(name: RuleName) -> Rule {
        match name {
            RuleName::Rmsprop => Rule::RmsProp,
            RuleName::Adam => Rule::AdamW,
            RuleName::Muon => Rule::Muon,
        }
    }
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
    match (&mut system.scale, paper.maps) {
        (_, None) => {}
        (Some(Scale::Fine { maps, .. }), Some(wanted)) if wanted >= system.samples.channels() => {
            *maps = wanted;
        }
        (Some(Scale::Fine { .. }), Some(_)) => {
            return Err(argument(
                "--maps",
                "expected at least one per channel of the image",
            ));
        }
        (_, Some(_)) => {
            return Err(argument(
                "--maps",
                "only for the fine network of Multi-Scale",
            ));
        }
    }
    system.layers = paper.layers.unwrap_or(system.layers);
    system.hidden = paper.hidden.unwrap_or(system.hidden);
    system.head = paper.head.unwrap_or(system.head);
    system.skip |= paper.skip;
    let mut training = preset.training();
    training.seed = paper.seed;
    training.steps = paper.steps.unwrap_or(training.steps);
    training.batch = paper.batch.unwrap_or(training.batch);
    training.learning_rate = paper.learning_rate.unwrap_or(training.learning_rate);
    training.rule = paper.rule.map_or(training.rule, Rule::from);
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
        initial: paper.init,
        report_every: paper.report_every.max(1),
        progress: !paper.no_progress && std::io::stderr().is_terminal(),
    };
    leave_threads_to_images();
    let measured = train(&run, &device(paper.device)?)?;
    println!(
        "{:.3} nats per image, {:.4} bits per dimension on {} validation images, integer network",
        measured.nats_per_image(),
        measured.bits_per_dimension(),
        measured.images
    );
    Ok(())
}

/// Keeps Candle from sharing each small operation out among threads, which share out the images of a batch already.
#[expect(unsafe_code)]
fn leave_threads_to_images() {
    // SAFETY: the program has started no thread yet.
    unsafe { std::env::set_var("CANDLE_NUM_THREADS", "1") };
}

/// Measures a checkpoint of a network of the paper, in the paper's units.
pub(crate) fn evaluate(checkpoint: &Path, images: &Path, no_progress: bool) -> Result<()> {
    let (system, config) = load(checkpoint, &Device::Cpu)?;
    let images = SmallImages::read(images, &system.config)?;
    let bar = bar(2 * images.len(), no_progress);
    let real = measure(&system, &images, Arithmetic::Real, Some(&bar))?;
    let integer = measure(&system, &images, Arithmetic::Integer, Some(&bar))?;
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

pub(crate) fn bar(length: usize, hidden: bool) -> ProgressBar {
    if hidden || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

pub(crate) fn argument(argument: &'static str, reason: &str) -> Error {
    Error::Argument {
        argument,
        reason: reason.into(),
    }
}
