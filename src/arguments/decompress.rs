//! Arguments of `pxc decompress` and `pxc thumbnail`.

use std::path::PathBuf;

use clap::Args;

use crate::arguments::batch::{BatchArguments, MessageArguments};
use crate::arguments::choices::FormatChoice;
use crate::arguments::coding::CodingArguments;
use crate::arguments::files::{InputArguments, OutputArguments};
use crate::arguments::region::Region;

/// `pxc decompress`.
#[derive(Debug, Args)]
pub(crate) struct DecompressArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Format of the output [default: by its name, else png]
    #[arg(long, value_name = "F")]
    pub(crate) format: Option<FormatChoice>,
    /// Decode a part of the image only: column and row of its corner, width, height
    #[arg(long, value_name = "X,Y,W,H", conflicts_with_all = ["partial", "remove"])]
    pub(crate) region: Option<Region>,
    /// Write the sound part of a damaged file, say what is missing, and exit with 1
    ///
    /// Damaged groups come out as zero samples. A file without damage is written as usual.
    #[arg(long)]
    pub(crate) partial: bool,
    #[command(flatten)]
    pub(crate) batch: BatchArguments,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
    #[command(flatten)]
    pub(crate) messages: MessageArguments,
}

/// `pxc thumbnail`.
#[derive(Debug, Args)]
pub(crate) struct ThumbnailArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    /// Output file, or an existing directory; `-` is the standard output
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Format of the output [default: by its name, else png]
    #[arg(long, value_name = "F")]
    pub(crate) format: Option<FormatChoice>,
    /// Overwrite an existing file, and write to a terminal
    #[arg(short, long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) batch: BatchArguments,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
    #[command(flatten)]
    pub(crate) messages: MessageArguments,
}
