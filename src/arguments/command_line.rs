//! The whole command line: commands and help texts.

use clap::{Parser, Subcommand};

use crate::arguments::allowance::Allowance;
use crate::arguments::compress::CompressArguments;
use crate::arguments::decompress::{DecompressArguments, ThumbnailArguments};
use crate::arguments::inspect::{
    BenchArguments, CompletionsArguments, InfoArguments, ListArguments, ModelsArguments,
    TestArguments,
};
use crate::exit_code::help::{ALL_COMMANDS, MODEL_COMMANDS, PROCESSES_ALL, STOPS_AT_FAILURE};

/// Lossless image compression with a neural network
#[derive(Debug, Parser)]
#[command(
    name = "pxc",
    version,
    override_usage = "pxc <COMMAND>\n       pxc <IMAGE> <FILE.pxc>\n       pxc <FILE.pxc> <IMAGE>",
    after_help = ALL_COMMANDS,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compress images to .pxc files
    #[command(visible_alias = "c", after_help = STOPS_AT_FAILURE)]
    Compress(CompressArguments),
    /// Decompress .pxc files to PNG or other images
    #[command(visible_alias = "d", after_help = STOPS_AT_FAILURE)]
    Decompress(DecompressArguments),
    /// Extract thumbnails from .pxc files of two-scale models and of JPEG files
    #[command(after_help = STOPS_AT_FAILURE)]
    Thumbnail(ThumbnailArguments),
    /// Show what .pxc files contain
    #[command(visible_alias = "i", after_help = PROCESSES_ALL)]
    Info(InfoArguments),
    /// List .pxc files with sizes and ratios, one line for each
    #[command(visible_alias = "l", after_help = PROCESSES_ALL)]
    List(ListArguments),
    /// Decode .pxc files and verify their digests, without writing anything
    #[command(visible_alias = "t", after_help = PROCESSES_ALL)]
    Test(TestArguments),
    /// Compare sizes and times with PNG, WebP and JPEG XL
    #[command(after_help = PROCESSES_ALL)]
    Bench(BenchArguments),
    /// List the available models, check model files, and add them
    #[command(visible_alias = "m", after_help = MODEL_COMMANDS)]
    Models(ModelsArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
    /// Print the manual page in troff format
    Man,
    /// Recreate a deflate stream for the process that decompresses an exact file
    #[command(hide = true)]
    RemakeDeflate(Allowance),
}
