//! `pxc-train`: trains the networks of pxc.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use candle_core::Device;
use clap::{Args, Parser, Subcommand, ValueEnum};
use paper_command::RuleName;
use pxc_trainer::config::{NetworkConfig, Precision, TrainingConfig};
use pxc_trainer::dataset::Dataset;
use pxc_trainer::evaluation::{central_crop, evaluate};
use pxc_trainer::training::{Run, train};
use pxc_trainer::{Error, checkpoint};

mod paper_command;
mod drawing_command;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Trains the probability models of pxc on your own images.
#[derive(Parser)]
#[command(version, after_help = "Exit status: 0 done; 2 anything else.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a local PixelCNN for photographs (PNG and WebP files, any folder)
    Photo(Box<Photo>),
    /// Train PixelCNN, Row LSTM or Diagonal BiLSTM as in the paper (MNIST, CIFAR-10, folders of small images)
    Paper(Box<paper_command::Paper>),
    /// Measure a checkpoint on images
    Eval(Eval),
    /// Draw images from one of the paper's networks
    Sample(drawing_command::Sample),
    /// Complete images whose lower part is hidden, with one of the paper's networks
    Complete(drawing_command::Complete),
}

#[derive(Args)]
struct Photo {
    /// Folder of training images
    #[arg(long)]
    data: PathBuf,
    /// Folder of validation images
    #[arg(long)]
    valid: PathBuf,
    /// Checkpoint directory; an interrupted run found there goes on
    #[arg(long)]
    out: PathBuf,
    /// Start from the weights of this checkpoint
    #[arg(long)]
    init: Option<PathBuf>,
    /// Train a gray model (luma and single planes of the images)
    #[arg(long)]
    gray: bool,
    /// Name of the model [default: photo-rgb or photo-gray]
    #[arg(long)]
    name: Option<String>,
    /// Optimiser steps
    #[arg(long, default_value_t = 24_000)]
    steps: usize,
    /// Of these, last steps that train with rounding [default: a quarter]
    #[arg(long)]
    integer_steps: Option<usize>,
    /// Crops per step
    #[arg(long, default_value_t = 16)]
    batch: usize,
    /// Side of a crop in pixels
    #[arg(long, default_value_t = 32)]
    crop: usize,
    /// Take whole images of CROP×CROP pixels, edges included, and only mirror them
    #[arg(long)]
    whole_images: bool,
    /// Update rule
    #[arg(long, value_enum, default_value_t = RuleName::Adam)]
    rule: RuleName,
    /// Peak learning rate
    #[arg(long, default_value_t = 2e-3)]
    learning_rate: f64,
    /// Units of the trunk [default: 96, gray 64]
    #[arg(long)]
    width: Option<usize>,
    /// Residual blocks
    #[arg(long)]
    blocks: Option<usize>,
    /// Units of the heads' hidden layer
    #[arg(long)]
    head_width: Option<usize>,
    /// Basis functions per head (at least 16)
    #[arg(long)]
    basis: Option<usize>,
    /// Rows above and columns beside that the first layer sees
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
    /// Device
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
    /// No progress bar
    #[arg(long)]
    no_progress: bool,
}

#[derive(Args)]
struct Eval {
    /// Checkpoint directory
    checkpoint: PathBuf,
    /// Folder of images; for the paper's networks anything that training reads
    images: PathBuf,
    /// Measure the central N×N pixels of each photo; 0 for all of it
    #[arg(long, default_value_t = 0)]
    side: usize,
    /// No progress bar
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

#[derive(Clone, Copy, ValueEnum)]
enum On {
    /// The processor
    Cpu,
    /// The first CUDA device (builds with the feature `cuda`)
    Cuda,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Photo(photo) => run_photo(*photo),
        Command::Paper(paper) => paper_command::run(*paper),
        Command::Eval(eval) => run_eval(&eval),
        Command::Sample(sample) => drawing_command::sample(&sample),
        Command::Complete(complete) => drawing_command::complete(&complete),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pxc-train: {error}");
            ExitCode::from(2)
        }
    }
}

fn device(on: On) -> Result<Device, Error> {
    match on {
        On::Cpu => Ok(Device::Cpu),
        On::Cuda => Ok(Device::new_cuda(0)?),
    }
}

fn run_photo(photo: Photo) -> Result<(), Error> {
    let mut network = NetworkConfig::photo(if photo.gray { 1 } else { 3 });
    network.name = photo.name.clone().unwrap_or(network.name);
    network.width = photo.width.unwrap_or(network.width);
    network.blocks = photo.blocks.unwrap_or(network.blocks);
    network.head_width = photo.head_width.unwrap_or(network.head_width);
    network.basis = photo.basis.unwrap_or(network.basis);
    network.reach = photo.reach.unwrap_or(network.reach);
    network.trunk = match photo.trunk {
        Trunk::Wide => Precision::Wide,
        Trunk::Int8 => Precision::Int8,
    };
    check(&network, &photo)?;
    let training = TrainingConfig {
        seed: photo.seed,
        steps: photo.steps,
        integer_steps: photo.integer_steps.unwrap_or(photo.steps / 4),
        batch: photo.batch,
        crop: photo.crop,
        whole_images: photo.whole_images,
        rule: photo.rule.into(),
        learning_rate: photo.learning_rate,
        weight_decay: 1e-4,
        ema: 0.999,
        clip_norm: 1.0,
    };
    let device = device(photo.device)?;
    let run = Run {
        network,
        training,
        data: photo.data,
        valid: photo.valid,
        out: photo.out,
        initial: photo.init,
        report_every: photo.report_every.max(1),
        progress: !photo.no_progress && std::io::stderr().is_terminal(),
    };
    let length = train(&run, &device)?;
    println!(
        "{:.5} bits per sub-pixel on the validation crops, integer network",
        length.per_sub_pixel()
    );
    Ok(())
}

fn check(network: &NetworkConfig, photo: &Photo) -> Result<(), Error> {
    let refuse = |argument, reason: &str| {
        Err(Error::Argument {
            argument,
            reason: reason.into(),
        })
    };
    if network.basis < 16 {
        return refuse("--basis", "at least 16 functions are needed");
    }
    if !(1..=12).contains(&network.reach) {
        return refuse("--reach", "expected 1 to 12");
    }
    if network.width == 0 || network.head_width == 0 || photo.batch == 0 || photo.crop == 0 {
        return refuse(
            "--width, --head-width, --batch, --crop",
            "expected at least 1",
        );
    }
    Ok(())
}

fn run_eval(eval: &Eval) -> Result<(), Error> {
    if checkpoint::is_of_paper(&eval.checkpoint)? {
        return paper_command::evaluate(&eval.checkpoint, &eval.images, eval.no_progress);
    }
    let (network, config) = checkpoint::load(&eval.checkpoint, &Device::Cpu)?;
    let images = Dataset::read(&eval.images, 1)?;
    let crops: Vec<_> = images
        .pictures
        .iter()
        .map(|p| central_crop(p, eval.side, &config.network))
        .collect();
    let float = evaluate(&network, &crops, false)?.per_sub_pixel();
    let integer = evaluate(&network, &crops, true)?.per_sub_pixel();
    println!("model\timages\tfloat\tinteger\tgap_percent");
    let gap = 100.0 * (integer / float - 1.0);
    println!(
        "{}\t{}\t{float:.5}\t{integer:.5}\t{gap:.3}",
        config.network.name,
        crops.len()
    );
    Ok(())
}
