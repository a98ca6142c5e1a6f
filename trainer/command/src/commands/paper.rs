//! `pxc-train paper`: trains one of the paper's networks.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValue;
use pxc_trainer::Result;
use pxc_trainer::data::samples::Samples;
use pxc_trainer::optim::update::Rule;
use pxc_trainer::paper::config::{PaperConfig, PaperTrainingConfig, Scale};
use pxc_trainer::paper::presets::{PRESETS, Preset};
use pxc_trainer::paper::training::{PaperRun, train};
use pxc_trainer::training::run::RunOptions;

use crate::commands::arguments::{DeviceName, RuleName, SamplesName, refused};
use crate::commands::interruption::{fail_if_stopped, stop_on_interruption};
use crate::commands::provenance::COMMIT;
use crate::commands::run_display::observer;

/// Train one of the paper's networks.
#[derive(Args)]
pub(crate) struct Paper {
    /// Which network, with the sizes of the paper
    #[arg(value_parser = presets(), hide_possible_values = false)]
    preset: String,
    /// Training images: an idx or packed-bits file of MNIST, a batch of CIFAR-10, an image sheet, or a directory of
    /// such files (DIRECTORY/PREFIX takes the files whose names start with PREFIX)
    #[arg(long)]
    data: PathBuf,
    /// Validation images, of the same kinds
    #[arg(long)]
    valid: PathBuf,
    /// Measure the first N validation images in each report
    #[arg(long, value_name = "N", default_value_t = 512)]
    valid_images: usize,
    /// Checkpoint directory; resumes an interrupted run that it finds there
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
    /// Images per step [default: the preset's]
    #[arg(long)]
    batch: Option<usize>,
    /// Peak learning rate [default: the preset's]
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Kind of samples [default: the preset's]
    #[arg(long, value_enum)]
    samples: Option<SamplesName>,
    /// Width and height of an image [default: the preset's]
    #[arg(long, value_name = "PIXELS")]
    side: Option<usize>,
    /// Multi-Scale: side of the blocks; the coarse image has one pixel of each block [default: the preset's]
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
    /// Also connect every block or layer to the layers before the softmax [default: the preset's]
    #[arg(long, overrides_with = "no_skip")]
    skip: bool,
    /// Connect only the last block or layer to the layers before the softmax
    #[arg(long)]
    no_skip: bool,
    /// Do not add a block's or layer's input to its output [default: the preset's]
    #[arg(long)]
    no_residual: bool,
    /// How gradients change the weights [default: the preset's, rms-prop as in the paper]
    #[arg(long, value_enum)]
    rule: Option<RuleName>,
    /// Seed of weights and of the order of the images
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Steps between reports and checkpoints
    #[arg(long, default_value_t = 1000)]
    report_every: usize,
    /// Where to train
    #[arg(long, value_enum, default_value_t = DeviceName::Cpu)]
    device: DeviceName,
    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,
}

/// Side in pixels of the largest tile of a model (`docs/model.md`).
const LARGEST_SIDE: usize = 64;

fn presets() -> Vec<PossibleValue> {
    let value = |preset: &Preset| PossibleValue::new(preset.name).help(preset.summary);
    PRESETS.iter().map(value).collect()
}

pub(crate) fn run(paper: Paper) -> crate::error::Result<()> {
    let Some(preset) = Preset::find(&paper.preset) else {
        return Err(refused("PRESET", "no such preset").into());
    };
    leave_threads_to_images();
    let stop = stop_on_interruption("stopping; press Ctrl-C again to stop without a checkpoint");
    let (network, training) = (paper.network(preset)?, paper.training(preset)?);
    let options = RunOptions::new(paper.out)
        .with_initial(paper.init)
        .with_report_every(paper.report_every)
        .with_observer(observer(paper.no_progress))
        .with_commit(COMMIT)
        .with_stop(stop.clone());
    let mut run = PaperRun::new(network, training, paper.data, paper.valid, options);
    run.valid_images = paper.valid_images;
    let measured = train(&run, &paper.device.open()?)?;
    println!(
        "{:.3} nats per image, {:.4} bits per dimension on {} validation images, integer network",
        measured.nats_per_image(),
        measured.bits_per_dimension(),
        measured.images
    );
    fail_if_stopped(&stop, &run.options.out)
}

impl Paper {
    fn network(&self, preset: &Preset) -> Result<PaperConfig> {
        let mut network = preset.network();
        if let Some(name) = &self.name {
            network.name.clone_from(name);
        }
        network.samples = self.samples.map_or(network.samples, Samples::from);
        network.width = self.side.unwrap_or(network.width);
        network.height = self.side.unwrap_or(network.height);
        network.layers = self.layers.unwrap_or(network.layers);
        network.hidden = self.hidden.unwrap_or(network.hidden);
        network.head = self.head.unwrap_or(network.head);
        network.skip = (network.skip || self.skip) && !self.no_skip;
        network.residual &= !self.no_residual;
        network.scale = self.scale(network.scale, network.samples)?;
        if !(1..=LARGEST_SIDE).contains(&network.width) {
            return Err(refused("--side", "expected 1 to 64"));
        }
        if network.hidden < network.channels() || network.head < network.channels() {
            return Err(refused(
                "--hidden, --head",
                "expected at least one per channel of the image",
            ));
        }
        Ok(network)
    }

    /// The part of the network in Multi-Scale, with `--ratio` and `--maps`.
    fn scale(&self, default: Option<Scale>, samples: Samples) -> Result<Option<Scale>> {
        let mut scale = default;
        if let Some(wanted) = self.ratio {
            let Some(Scale::Coarse { ratio } | Scale::Fine { ratio, .. }) = &mut scale else {
                return Err(refused("--ratio", "only for networks of Multi-Scale"));
            };
            *ratio = wanted.into();
        }
        if let Some(wanted) = self.maps {
            let Some(Scale::Fine { maps, .. }) = &mut scale else {
                return Err(refused(
                    "--maps",
                    "only for the fine network of Multi-Scale",
                ));
            };
            if wanted < samples.channels() {
                return Err(refused(
                    "--maps",
                    "expected at least one per channel of the image",
                ));
            }
            *maps = wanted;
        }
        Ok(scale)
    }

    fn training(&self, preset: &Preset) -> Result<PaperTrainingConfig> {
        let mut training = preset.training();
        training.seed = self.seed;
        training.steps = self.steps.unwrap_or(training.steps);
        training.batch = self.batch.unwrap_or(training.batch);
        training.learning_rate = self.learning_rate.unwrap_or(training.learning_rate);
        training.rule = self.rule.map_or(training.rule, Rule::from);
        if training.batch == 0 {
            return Err(refused("--batch", "expected at least one image"));
        }
        Ok(training)
    }
}

/// Keeps Candle from splitting small operations across threads: the images of a batch share the threads already.
#[expect(unsafe_code)]
fn leave_threads_to_images() {
    // SAFETY: the program has started no thread yet.
    unsafe { std::env::set_var("CANDLE_NUM_THREADS", "1") };
}
