//! `pxc-train`: trains the networks of pxc.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pxc_trainer::{ErrorKind, full_message};

mod commands;
mod error;

use commands::interruption::INTERRUPTED;
use error::Result;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Trains the probability models of pxc on your own images.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes, as of pxc: 0 success; 1 bad data: a damaged file, not an image, or not a model; 2 any other failure: usage, missing model, too little memory, failed input or output; 130 stopped by Ctrl-C."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a model for your own kind of image: from a directory of images to an .onnx file
    Tune(Box<commands::tune::Tune>),
    /// Train a local PixelCNN for photographs (PNG and WebP files, in any directory)
    Photo(Box<commands::photo::Photo>),
    /// Train PixelCNN, Row LSTM or Diagonal BiLSTM as in the paper (MNIST, CIFAR-10, directories of small images)
    Paper(Box<commands::paper::Paper>),
    /// Measure a checkpoint on images
    Eval(commands::evaluate::Eval),
    /// Draw images from one of the paper's networks
    Sample(commands::sample::Sample),
    /// Complete images whose lower part is hidden, with one of the paper's networks
    Complete(commands::complete::Complete),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pxc-train: {}", full_message(&error));
            exit_code(error.kind())
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Tune(tune) => commands::tune::run(&tune)?,
        Command::Photo(photo) => commands::photo::run(*photo)?,
        Command::Paper(paper) => commands::paper::run(*paper)?,
        Command::Eval(eval) => commands::evaluate::run(&eval)?,
        Command::Sample(sample) => commands::sample::run(&sample)?,
        Command::Complete(complete) => commands::complete::run(&complete)?,
    }
    Ok(())
}

/// Exit codes, as `pxc-train --help` states them.
fn exit_code(kind: ErrorKind) -> ExitCode {
    match kind {
        ErrorKind::BadData => ExitCode::from(1),
        ErrorKind::Cancelled => ExitCode::from(INTERRUPTED),
        _ => ExitCode::from(2),
    }
}
