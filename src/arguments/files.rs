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
    /// Without it, the output goes next to the input: `compress` makes `img.pxc` from `img.png` and `img.bmp.pxc` from
    /// `img.bmp`; `decompress` makes `img.png` and `img.bmp` from those.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Output directory, created if missing; keeps the subdirectories of an input directory
    ///
    /// New directories are as private as those of the inputs.
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub(crate) out_dir: Option<PathBuf>,
    /// Use SUFFIX instead of .pxc for compressed files
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
    /// Skip inputs whose output exists and is complete, to resume a stopped run
    ///
    /// If a .pxc file keeps the exact file, pxc compares its content with the input. Otherwise it checks only that the
    /// output is not older than the input. A .pxc file that is damaged or older is written anew. Any other file needs
    /// -f.
    #[arg(long)]
    pub(crate) skip_existing: bool,
    /// Print which outputs would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Remove each input file once its output has been read back from disk and verified
    ///
    /// Keeps an input that has changed in the meantime. If the output would lose something, pxc writes nothing, keeps
    /// the input and fails, unless --allow-loss is given. Accepts an existing output that holds this very input, so
    /// that you can run the command again after an interruption. Works with files only, not with symbolic links,
    /// standard input or output, pipes or devices. If you name several hard links of one file, each gets an output of
    /// its own and is removed.
    #[arg(long = "rm")]
    pub(crate) remove: bool,
    /// Accept losses: keep only the first page or frame of an image file; with --rm, remove inputs of which something
    /// is lost. pxc reports what is lost, even with -q
    #[arg(long)]
    pub(crate) allow_loss: bool,
}
