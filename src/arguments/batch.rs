//! Arguments for work on several files, and for messages about it.

use clap::Args;

/// How several files are handled.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct BatchArguments {
    /// Process N files at the same time [default: the number of threads]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Continue with the other files after a failure
    #[arg(short, long)]
    pub(crate) keep_going: bool,
    /// Print one line of JSON per file, and one for the total
    ///
    /// `lost` names what an output does not keep of its input. If a name is not valid Unicode, U+FFFD stands for the
    /// invalid parts, and `file_hex` or `output_hex` holds its bytes.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is printed to standard error.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct MessageArguments {
    /// Print only errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print sizes, speed and the time of each stage, and what --recursive skips
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Show no progress bar (there is one only if standard error is a terminal)
    #[arg(long)]
    pub(crate) no_progress: bool,
}
