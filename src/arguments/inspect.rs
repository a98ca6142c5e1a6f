//! Arguments of the commands that do not write images: `info`, `list`, `test`, `bench`, `models` and `completions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

use crate::arguments::batch::MessageArguments;
use crate::arguments::choices::EffortArgument;
use crate::arguments::coding::CodingArguments;
use crate::arguments::files::{ImageInputArguments, InputArguments};
use crate::arguments::limits::LimitArguments;
use crate::exit_code::help::MODEL_COMMANDS;

/// `pxc info`.
#[derive(Debug, Args)]
pub(crate) struct InfoArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    /// Print one line of JSON per file
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// `pxc list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// `pxc test`.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    /// Print one line of JSON per file
    #[arg(long)]
    pub(crate) json: bool,
    /// Process N files at the same time [default: the number of threads]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
    #[command(flatten)]
    pub(crate) messages: MessageArguments,
}

/// `pxc bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    #[command(flatten)]
    pub(crate) inputs: ImageInputArguments,
    /// Also accept JPEG files, lossy WebP files and TIFF files with JPEG compression, and compress their pixels
    #[arg(long)]
    pub(crate) allow_lossy_source: bool,
    #[command(flatten)]
    pub(crate) effort: EffortArgument,
    /// Print one line of JSON per file, and one for the total
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
}

/// `pxc models`.
#[derive(Debug, Args)]
pub(crate) struct ModelsArguments {
    /// What to do with model files; without it, pxc lists the models
    #[command(subcommand)]
    pub(crate) action: Option<ModelsAction>,
    /// Print one line of JSON per model
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What `pxc models` does with files.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsAction {
    /// Check model files, and show what they code and what they cost
    #[command(after_help = MODEL_COMMANDS)]
    Check {
        /// .onnx files; `-` is standard input
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Check model files, and copy them into the models directory
    ///
    /// The models directory is the one that PXC_MODELS names, else pxc/models in the user's data directory. pxc names
    /// each file after its model, and refuses a model if another one has the same name.
    #[command(after_help = MODEL_COMMANDS)]
    Add {
        /// .onnx files; `-` is standard input
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
}

/// `pxc completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}
