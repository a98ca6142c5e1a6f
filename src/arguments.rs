//! The command line as clap sees it: one struct per command, its help texts and the exit codes.
//!
//! In: the process's arguments. Out: an [`Arguments`] that the commands read.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use pxc_runtime::{Backend, Effort};

const AFTER_HELP: &str = "\
Exit codes:
  0  done (a closed pipe counts as done)
  1  the data is bad: a damaged file, or not an image that this program reads
  2  anything else: usage, missing model or backend, unsupported image, failed input or output

With several inputs every input is handled and the highest exit code is returned.";

/// Lossless image compression with a neural probability model
#[derive(Debug, Parser)]
#[command(name = "pxc", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compress PNG images to .pxc files
    #[command(visible_alias = "c", after_help = AFTER_HELP)]
    Compress(CompressArguments),
    /// Decompress .pxc files to PNG images
    #[command(visible_alias = "d", after_help = AFTER_HELP)]
    Decompress(DecompressArguments),
    /// Show what .pxc files contain
    #[command(visible_alias = "i", after_help = AFTER_HELP)]
    Info(InfoArguments),
    /// Decode .pxc files and verify their digests, without writing anything
    #[command(visible_alias = "t", after_help = AFTER_HELP)]
    Test(TestArguments),
    /// List the models at hand
    #[command(visible_alias = "m", after_help = AFTER_HELP)]
    Models(ModelsArguments),
}

/// `pxc compress`.
#[derive(Debug, Args)]
pub(crate) struct CompressArguments {
    /// PNG images; `-` is the standard input
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Decode the result and compare it with the image before reporting success
    #[arg(long)]
    pub(crate) verify: bool,
    /// Time against size
    #[arg(long, value_enum, default_value_t = EffortChoice::Default)]
    pub(crate) effort: EffortChoice,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
    #[command(flatten)]
    pub(crate) messages: MessageArguments,
}

/// `pxc decompress`.
#[derive(Debug, Args)]
pub(crate) struct DecompressArguments {
    /// .pxc files; `-` is the standard input
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Write the sound part of a damaged file, say what is missing, and exit with 1
    ///
    /// Damaged groups come out as zero samples. A file without damage is written as usual.
    #[arg(long)]
    pub(crate) partial: bool,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
    #[command(flatten)]
    pub(crate) messages: MessageArguments,
}

/// `pxc info`.
#[derive(Debug, Args)]
pub(crate) struct InfoArguments {
    /// .pxc files; `-` is the standard input
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Print one JSON object per file and line
    #[arg(long)]
    pub(crate) json: bool,
}

/// `pxc test`.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// .pxc files; `-` is the standard input
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
    #[command(flatten)]
    pub(crate) messages: MessageArguments,
}

/// `pxc models`.
#[derive(Debug, Args)]
pub(crate) struct ModelsArguments {
    /// Print one JSON object per model and line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where the result goes, for `compress` and `decompress`.
#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// Output file, or an existing directory; `-` is the standard output
    ///
    /// Without it the output stands beside the input: `img.png` becomes `img.pxc` and the reverse.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite existing files, and write to a terminal
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Remove each input file after success
    #[arg(long = "rm")]
    pub(crate) remove: bool,
}

/// Which model evaluates on what.
#[derive(Debug, Args)]
pub(crate) struct CodingArguments {
    /// Model: a name or id of `pxc models`, or an .onnx file [default: by the image]
    #[arg(short, long, value_name = "M")]
    pub(crate) model: Option<String>,
    /// What evaluates the model; the bytes are the same with each
    #[arg(short, long, value_name = "B", default_value = "auto")]
    pub(crate) backend: BackendChoice,
    /// ONNX Runtime's shared library [default: ORT_DYLIB_PATH, then the usual places]
    #[arg(long, value_name = "PATH")]
    pub(crate) onnxruntime_lib: Option<PathBuf>,
    /// Threads; the bytes are the same with any number [default: one per core]
    #[arg(short = 'T', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
}

/// What is said on the standard error.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct MessageArguments {
    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say sizes, speed and where the time went
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// No progress bar (there is none anyway unless the standard error is a terminal)
    #[arg(long)]
    pub(crate) no_progress: bool,
}

/// `--effort`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EffortChoice {
    /// The model alone
    Fast,
    /// The model, refined by what was coded before
    Default,
}

impl From<EffortChoice> for Effort {
    fn from(choice: EffortChoice) -> Effort {
        match choice {
            EffortChoice::Fast => Effort::Fast,
            EffortChoice::Default => Effort::Default,
        }
    }
}

/// `--backend`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendChoice {
    /// tract
    Auto,
    /// tract on the CPU, no set-up
    Tract,
    /// ONNX Runtime on the CPU
    Onnxruntime,
    /// ONNX Runtime on an NVIDIA GPU
    Cuda,
}

impl From<BackendChoice> for Backend {
    fn from(choice: BackendChoice) -> Backend {
        match choice {
            BackendChoice::Auto => Backend::Auto,
            BackendChoice::Tract => Backend::Tract,
            BackendChoice::Onnxruntime => Backend::OnnxRuntime,
            BackendChoice::Cuda => Backend::Cuda,
        }
    }
}
