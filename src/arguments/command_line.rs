//! The whole command line: commands, help texts and exit codes.

use clap::{Parser, Subcommand};

use crate::arguments::allowance::Allowance;
use crate::arguments::compress::CompressArguments;
use crate::arguments::decompress::{DecompressArguments, ThumbnailArguments};
use crate::arguments::inspect::{
    BenchArguments, CompletionsArguments, InfoArguments, ModelsArguments, TestArguments,
};

/// The exit codes, and more lines.
macro_rules! exit_codes {
    ($($more:literal)?) => {
        concat!(
            "\
Exit codes:
  0  success (a closed pipe counts as success)
  1  bad data: a damaged file, or not an image that pxc reads
  2  any other failure: usage, missing model or backend, unsupported image, an image or a file
     beyond the limits, failed input or output
  130  interrupted by a signal; unfinished outputs are removed",
            $("\n\n", $more)?
        )
    };
}

const EXIT_CODES: &str = exit_codes!();

/// For commands that stop at the first failure.
const STOPS: &str = exit_codes!(
    "\
pxc stops at the first failure unless --keep-going is given. With several inputs it returns the
highest exit code. Files that --recursive skips are not failures."
);

/// For commands that process every file.
const GOES_ON: &str = exit_codes!(
    "\
pxc processes every file and returns the highest exit code. Files that --recursive skips are not failures."
);

/// Lossless image compression with a neural network
#[derive(Debug, Parser)]
#[command(name = "pxc", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compress images to .pxc files
    #[command(visible_alias = "c", after_help = STOPS)]
    Compress(CompressArguments),
    /// Decompress .pxc files to PNG or other images
    #[command(visible_alias = "d", after_help = STOPS)]
    Decompress(DecompressArguments),
    /// Extract thumbnails from .pxc files of two-scale models and of JPEG files
    #[command(after_help = STOPS)]
    Thumbnail(ThumbnailArguments),
    /// Show what .pxc files contain
    #[command(visible_alias = "i", after_help = GOES_ON)]
    Info(InfoArguments),
    /// Decode .pxc files and verify their digests, without writing anything
    #[command(visible_alias = "t", after_help = GOES_ON)]
    Test(TestArguments),
    /// Compare sizes and times with PNG, WebP and JPEG XL
    #[command(after_help = GOES_ON)]
    Bench(BenchArguments),
    /// List the available models, check model files, and add them
    #[command(visible_alias = "m", after_help = EXIT_CODES)]
    Models(ModelsArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
    /// Print the manual page in troff format
    Man,
    /// Recreate a deflate stream for the process that decompresses an exact file
    #[command(hide = true)]
    RemakeDeflate(Allowance),
}
