//! The whole command line: commands and help texts.

use std::ffi::OsString;
use std::path::Path;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

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
    /// Make thumbnails of .pxc files, quickly from the previews of large images
    #[command(after_help = STOPS_AT_FAILURE)]
    Thumbnail(ThumbnailArguments),
    /// Show what .pxc files contain
    #[command(visible_alias = "i", after_help = PROCESSES_ALL)]
    Info(InfoArguments),
    /// List .pxc files: bytes, share of the raw samples, size and format of the image
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

/// The command line of these words, or what clap prints instead. `details` are those of the version, for `--version`.
pub(crate) fn read(
    words: Vec<OsString>,
    details: impl FnOnce() -> String,
) -> Result<Arguments, clap::Error> {
    let words = expanded(words);
    let mut command = Arguments::command();
    if words.iter().any(|word| word == "--version") {
        // clap keeps texts that live as long as the program.
        let details: &'static str = details().leak();
        command = command.long_version(details);
    }
    let matches = command.clone().try_get_matches_from(words)?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// `pxc IN OUT`, as users of cjxl and djxl type it: inserts the command where there are just an existing input and an
/// output, one of them a .pxc file.
fn expanded(words: Vec<OsString>) -> Vec<OsString> {
    let [program, input, output] = words.as_slice() else {
        return words;
    };
    let is_coded = |name: &OsString| Path::new(name).extension().is_some_and(|end| end == "pxc");
    let command = match (is_coded(input), is_coded(output)) {
        (false, true) => "compress",
        (true, false) => "decompress",
        _ => return words,
    };
    let is_command = Arguments::command().find_subcommand(input).is_some();
    let is_option = |name: &OsString| name.as_encoded_bytes().starts_with(b"-") && name != "-";
    if is_command || is_option(input) || is_option(output) || !Path::new(input).exists() {
        return words;
    }
    let (input, output) = (input.clone(), output.clone());
    vec![program.clone(), command.into(), input, "-o".into(), output]
}
