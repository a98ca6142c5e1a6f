//! Arguments that name inputs and outputs.

use std::path::PathBuf;

use clap::Args;

/// Images to read.
#[derive(Debug, Args)]
pub(crate) struct ImageInputArguments {
    /// PNG, JPEG, PNM, PAM, TIFF, WebP, QOI, BMP or GIF images; `-` is standard input
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Search directories and their subdirectories for images
    #[arg(short, long)]
    pub(crate) recursive: bool,
}

/// .pxc files to read.
#[derive(Debug, Args)]
pub(crate) struct InputArguments {
    /// .pxc files; `-` is standard input
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Search directories and their subdirectories for .pxc files
    #[arg(short, long)]
    pub(crate) recursive: bool,
}

/// Where the result goes, for `compress` and `decompress`.
#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// Output file or existing directory; `-` is standard output
    ///
    /// Without it, the output goes next to the input: `img.png` becomes `img.pxc`, `img.bmp` becomes `img.bmp.pxc`, and
    /// the reverse.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Output directory, created if missing; keeps the subdirectories of an input directory
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub(crate) out_dir: Option<PathBuf>,
    /// Suffix of compressed files instead of .pxc
    #[arg(
        long,
        value_name = "SUFFIX",
        default_value = ".pxc",
        hide_default_value = true
    )]
    pub(crate) suffix: String,
    /// Overwrite existing files, and allow output to a terminal
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Skip inputs whose output exists, is complete and is not older, to resume a stopped run
    #[arg(long)]
    pub(crate) skip_existing: bool,
    /// Print which outputs would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Remove each input file once its output has been read back from disk and verified
    ///
    /// Keeps an input that has changed in the meantime. Works with files only, not with standard input or output, pipes
    /// or devices. An existing output that is complete and holds this very input counts as written: run the command
    /// again after an interruption. Where the output would lose something, it writes nothing, keeps the input and
    /// fails, unless --allow-loss is given.
    #[arg(long = "rm")]
    pub(crate) remove: bool,
    /// Accept losses: keep only the first page or frame of an image file; with --rm, remove inputs of which something
    /// is lost. What is lost is said, even with -q
    #[arg(long)]
    pub(crate) allow_loss: bool,
}
