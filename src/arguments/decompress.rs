//! Arguments of `pxc decompress` and `pxc thumbnail`.

use std::path::PathBuf;

use clap::{Args, value_parser};
use pxc_picture::OutputFormat;
use pxc_runtime::PREVIEW_SIDE;

use crate::arguments::batch::{BatchArguments, MessageArguments};
use crate::arguments::choices::format_parser;
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
    /// Output format [default: from the file name, else png]
    #[arg(long, value_name = "F", value_parser = format_parser())]
    pub(crate) format: Option<OutputFormat>,
    /// Decode only a part of the image: column and row of its upper left corner, width, height
    ///
    /// Without an output file, the part of `img.pxc` is called `img-X,Y,W,H.png`.
    #[arg(long, value_name = "X,Y,W,H", conflicts_with_all = ["partial", "remove"])]
    pub(crate) region: Option<Region>,
    /// Write the intact part of a damaged file, report what is missing, and exit with 1
    ///
    /// All samples of damaged groups are 0. Bytes after the end of the .pxc file are ignored. Nothing is written if all
    /// groups are damaged, or of a damaged JPEG file. Without damage, the output is the same as without --partial.
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
    /// Output file, or existing directory for `img-thumbnail.png` and so on; `-` is standard output
    #[arg(short, long, value_name = "OUT", required_unless_present = "out_dir")]
    pub(crate) output: Option<PathBuf>,
    /// Output directory, created if missing; keeps the subdirectories of an input directory
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub(crate) out_dir: Option<PathBuf>,
    /// The longest side, in pixels
    ///
    /// The preview in a file has at most 256, and thumbnails made from it may be smaller than N. Larger thumbnails take
    /// as long as decoding the whole image.
    #[arg(short, long, value_name = "N", default_value_t = PREVIEW_SIDE, value_parser = value_parser!(u32).range(1..=65535))]
    pub(crate) size: u32,
    /// Output format [default: from the file name, else png]
    #[arg(long, value_name = "F", value_parser = format_parser())]
    pub(crate) format: Option<OutputFormat>,
    /// Overwrite an existing file, and allow output to a terminal
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Skip inputs whose output exists, is complete and is not older, to resume a stopped run
    #[arg(long)]
    pub(crate) skip_existing: bool,
    #[command(flatten)]
    pub(crate) batch: BatchArguments,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
    #[command(flatten)]
    pub(crate) messages: MessageArguments,
}
