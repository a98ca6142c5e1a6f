//! `pxc-export`: a checkpoint in, one integer-exact ONNX file out.

use std::path::PathBuf;
use std::process::ExitCode;

use candle_core::Device;
use clap::Parser;
use pxc_export::{Error, export, paper_model, paper_parity, parity};
use pxc_model::ModelFile;
use pxc_trainer::checkpoint;
use pxc_trainer::systems::system_training;

/// Exports a checkpoint of pxc-train as one integer-exact ONNX file, and prints the proof of its exactness.
#[derive(Parser)]
#[command(version, after_help = "Exit status: 0 done; 2 anything else.")]
struct Cli {
    /// Checkpoint directory of pxc-train
    checkpoint: PathBuf,
    /// The ONNX file to write
    model: PathBuf,
    /// For Multi-Scale's fine network: the checkpoint directory of the coarse one, which goes into the same file
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
            eprintln!("pxc-export: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli) -> Result<(), Error> {
    if cli.model.exists() && !cli.force {
        let source = std::io::Error::other("exists already; use --force to replace it");
        return Err(Error::Io {
            path: cli.model.clone(),
            source,
        });
    }
    if checkpoint::is_of_paper(&cli.checkpoint)? {
        let (system, config) = system_training::load(&cli.checkpoint, &Device::Cpu)?;
        let coarse = cli.coarse.as_ref();
        let coarse = coarse.map(|path| system_training::load(path, &Device::Cpu));
        let coarse = coarse.transpose()?;
        let model = match &coarse {
            Some((small, of)) => paper_model::export_multi_scale(&system, &config, small, of)?,
            None => paper_model::export(&system, &config)?,
        };
        write_model(cli, &model)?;
        let coarse = coarse.as_ref().map(|(coarse, _)| coarse);
        return match &cli.parity {
            Some(path) => paper_parity::write(&system, coarse, path),
            None => Ok(()),
        };
    }
    if let Some(path) = &cli.coarse {
        return Err(Error::Coarse {
            expected: "none, since the checkpoint is of a model of photos".into(),
            found: path.display().to_string(),
        });
    }
    let (network, config) = checkpoint::load(&cli.checkpoint, &Device::Cpu)?;
    write_model(cli, &export(&network, &config)?)?;
    match &cli.parity {
        Some(path) => parity::write(&network, path),
        None => Ok(()),
    }
}

fn write_model(cli: &Cli, model: &ModelFile) -> Result<(), Error> {
    print_proof(model)?;
    Ok(checkpoint::write_bytes(&cli.model, &model.to_bytes()?)?)
}

/// One line per sum: the largest magnitude in units of its grid, the limit, and the bits to spare.
fn print_proof(model: &ModelFile) -> Result<(), Error> {
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
