//! `pxc-train photo`: trains a network for photographs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pxc_trainer::Result;
use pxc_trainer::photo::config::{PhotoConfig, PhotoTrainingConfig, Precision};
use pxc_trainer::photo::training::{PhotoRun, train};
use pxc_trainer::training::run::RunOptions;

use crate::commands::arguments::{DeviceName, RuleName, refused};
use crate::commands::interruption::{fail_if_stopped, stop_on_interruption};
use crate::commands::provenance::COMMIT;
use crate::commands::run_display::observer;

/// Train a local PixelCNN for photographs.
#[derive(Args)]
pub(crate) struct Photo {
    /// Directory of training images
    #[arg(long)]
    data: PathBuf,
    /// Directory of validation images
    #[arg(long)]
    valid: PathBuf,
    /// Checkpoint directory; resumes an interrupted run that it finds there
    #[arg(long)]
    out: PathBuf,
    /// Start from the weights of this checkpoint
    #[arg(long)]
    init: Option<PathBuf>,
    /// Train a gray model (on luma and on single planes of the images)
    #[arg(long)]
    gray: bool,
    /// Name of the model [default: photo-rgb or photo-gray]
    #[arg(long)]
    name: Option<String>,
    /// Optimiser steps
    #[arg(long, default_value_t = 24_000)]
    steps: usize,
    /// How many of the last steps train with rounding [default: a quarter]
    #[arg(long)]
    integer_steps: Option<usize>,
    /// How many of the last steps train on crops with little noise and few changes of contrast
    #[arg(long, default_value_t = 0)]
    calm_steps: usize,
    /// Crops per step
    #[arg(long, default_value_t = 16)]
    batch: usize,
    /// Side of a crop in pixels
    #[arg(long, default_value_t = 32)]
    crop: usize,
    /// Use whole images of CROP×CROP pixels, edges included, and only mirror them
    #[arg(long)]
    whole_images: bool,
    /// How gradients change the weights
    #[arg(long, value_enum, default_value_t = RuleName::AdamW)]
    rule: RuleName,
    /// Peak learning rate
    #[arg(long, default_value_t = 2e-3)]
    learning_rate: f64,
    /// Units of each layer of the trunk; more make smaller files and take longer [default: 96, gray 64]
    #[arg(long)]
    width: Option<usize>,
    /// Residual blocks of the trunk; more make smaller files and take longer [default: 4]
    #[arg(long)]
    blocks: Option<usize>,
    /// Units of the hidden layer of each head [default: 64]
    #[arg(long)]
    head_width: Option<usize>,
    /// Functions over the 256 symbols whose weighted sum gives the logits, for each head; at least 16 [default: 32]
    #[arg(long)]
    basis: Option<usize>,
    /// Rows above, and columns to each side, that the first layer sees: 1 to 12 pixels [default: 4]
    #[arg(long)]
    reach: Option<i32>,
    /// Numeric form of the trunk
    #[arg(long, value_enum, default_value_t = Trunk::Wide)]
    trunk: Trunk,
    /// Seed of weights, crops and augmentation
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Steps between reports and checkpoints
    #[arg(long, default_value_t = 500)]
    report_every: usize,
    /// Where to train
    #[arg(long, value_enum, default_value_t = DeviceName::Cpu)]
    device: DeviceName,
    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Trunk {
    /// 10-bit activations carried in float32
    Wide,
    /// QLinearConv on 8 bits
    Int8,
}

pub(crate) fn run(photo: Photo) -> crate::error::Result<()> {
    let stop = stop_on_interruption("stopping; press Ctrl-C again to stop without a checkpoint");
    let (network, training) = (photo.network()?, photo.training());
    let options = RunOptions::new(photo.out)
        .with_initial(photo.init)
        .with_report_every(photo.report_every)
        .with_observer(observer(photo.no_progress))
        .with_commit(COMMIT)
        .with_stop(stop.clone());
    let run = PhotoRun::new(network, training, photo.data, photo.valid, options);
    let length = train(&run, &photo.device.open()?)?;
    println!(
        "{:.5} bits per sub-pixel on the validation crops, integer network",
        length.per_sub_pixel()
    );
    fail_if_stopped(&stop, &run.options.out)
}

impl Photo {
    fn network(&self) -> Result<PhotoConfig> {
        let mut network = PhotoConfig::photo(if self.gray { 1 } else { 3 });
        if let Some(name) = &self.name {
            network.name.clone_from(name);
        }
        network.reach = self.reach.unwrap_or(network.reach);
        network.width = self.width.unwrap_or(network.width);
        network.blocks = self.blocks.unwrap_or(network.blocks);
        network.head_width = self.head_width.unwrap_or(network.head_width);
        network.basis = self.basis.unwrap_or(network.basis);
        network.trunk = match self.trunk {
            Trunk::Wide => Precision::Wide,
            Trunk::Int8 => Precision::Int8,
        };
        if network.basis < 16 {
            return Err(refused("--basis", "at least 16 functions are needed"));
        }
        if !(1..=12).contains(&network.reach) {
            return Err(refused("--reach", "expected 1 to 12"));
        }
        if [network.width, network.head_width, self.batch, self.crop].contains(&0) {
            return Err(refused(
                "--width, --head-width, --batch, --crop",
                "expected at least 1",
            ));
        }
        Ok(network)
    }

    fn training(&self) -> PhotoTrainingConfig {
        let mut training = PhotoTrainingConfig::new(self.steps);
        training.seed = self.seed;
        training.integer_steps = self.integer_steps.unwrap_or(training.integer_steps);
        training.calm_steps = self.calm_steps;
        training.batch = self.batch;
        training.crop = self.crop;
        training.whole_images = self.whole_images;
        training.rule = self.rule.into();
        training.learning_rate = self.learning_rate;
        training
    }
}
