//! `pxc-export`: a checkpoint in, one integer-exact ONNX file out.

use std::path::PathBuf;
use std::process::ExitCode;

use candle_core::Device;
use clap::Parser;
use pxc_export::{Error, ErrorKind, Result, full_message, importer, paper, photo};
use pxc_model::ModelFile;
use pxc_trainer::files::write_bytes;
use pxc_trainer::paper::checkpoint as paper_checkpoint;
use pxc_trainer::photo::checkpoint as photo_checkpoint;

/// Exports a checkpoint of pxc-train as one integer-exact ONNX file, and prints the proof of its exactness.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes, as of pxc: 0 success; 1 bad data: a damaged checkpoint, or a network whose sums are not exact; 2 any other failure: usage, too little memory, failed input or output."
)]
struct Cli {
    /// Checkpoint directory of pxc-train
    checkpoint: PathBuf,
    /// The ONNX file to write
    model: PathBuf,
    /// For the fine network of Multi-Scale: checkpoint directory of the coarse one, which goes into the same file
    #[arg(long, value_name = "CHECKPOINT")]
    coarse: Option<PathBuf>,
    /// Also write parity vectors (inputs, and the logits of the trainer's rounded network) to this safetensors file
    #[arg(long, value_name = "FILE")]
    parity: Option<PathBuf>,
    /// Replace an existing model
    #[arg(short, long)]
    force: bool,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pxc-export: {}", full_message(&error));
            exit_code(error.kind())
        }
    }
}

/// Exit codes, as `pxc-export --help` states them.
fn exit_code(kind: ErrorKind) -> ExitCode {
    match kind {
        ErrorKind::BadData => ExitCode::from(1),
        _ => ExitCode::from(2),
    }
}

fn run(cli: &Cli) -> Result<()> {
    if cli.model.exists() && !cli.force {
        return Err(Error::Exists {
            path: cli.model.clone(),
        });
    }
    match paper_checkpoint::is_of_paper(&cli.checkpoint)? {
        true => export_paper(cli),
        false => export_photo(cli),
    }
}

fn export_paper(cli: &Cli) -> Result<()> {
    let load = |path: &PathBuf| paper_checkpoint::load_network(path, &Device::Cpu);
    let (network, checkpoint) = load(&cli.checkpoint)?;
    let coarse = cli.coarse.as_ref().map(load).transpose()?;
    let model = match &coarse {
        Some((coarse, coarse_checkpoint)) => {
            paper::model::export_multi_scale(&network, &checkpoint, coarse, coarse_checkpoint)?
        }
        None => paper::model::export(&network, &checkpoint)?,
    };
    write_model(cli, &model)?;
    let coarse = coarse.as_ref().map(|(coarse, _)| coarse);
    match &cli.parity {
        Some(path) => paper::parity::write(&network, coarse, path),
        None => Ok(()),
    }
}

fn export_photo(cli: &Cli) -> Result<()> {
    if let Some(path) = &cli.coarse {
        return Err(Error::Coarse {
            expected: "none, since the checkpoint is of a photo network".into(),
            found: path.display().to_string(),
        });
    }
    let (network, checkpoint) = photo_checkpoint::load_network(&cli.checkpoint, &Device::Cpu)?;
    let model = photo::model::export(&network, &checkpoint)?;
    importer::check(&model)?;
    write_model(cli, &model)?;
    match &cli.parity {
        Some(path) => photo::parity::write(&network, path),
        None => Ok(()),
    }
}

fn write_model(cli: &Cli, model: &ModelFile) -> Result<()> {
    print_proof(model)?;
    Ok(write_bytes(&cli.model, &model.to_bytes()?)?)
}

/// One line per sum: the largest magnitude in units of its grid, the limit, and the bits to spare.
fn print_proof(model: &ModelFile) -> Result<()> {
    println!(
        "{:<24} {:<12} {:>12} {:>12} {:>10}",
        "node", "operator", "largest", "limit", "head-room"
    );
    for bound in model.prove()? {
        println!(
            "{:<24} {:<12} {:>12.0} {:>12.0} {:>7.2} bit",
            bound.node,
            bound.operator,
            bound.largest,
            bound.limit,
            bound.head_room_bits()
        );
    }
    Ok(())
}
