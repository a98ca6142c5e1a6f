//! The command line as clap sees it: one struct per command, its help texts and the exit codes.
//!
//! In: the process's arguments. Out: an [`Arguments`] that the commands read.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use pxc_runtime::{Backend, Effort};

use crate::deflate_process::Allowance;
use crate::formats::Format;
use crate::limits::LimitArguments;
use crate::metadata::Strip;
use crate::region::Region;

const AFTER_HELP: &str = "\
Exit codes:
  0  done (a closed pipe counts as done)
  1  the data is bad: a damaged file, or not an image that this program reads
  2  anything else: usage, missing model or backend, unsupported image, an image or a file beyond
     the limits, failed input or output

After a failure no further file is begun, unless --keep-going is given; `info`, `test` and
`bench` look at every file. The highest exit code is returned.";

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
    /// Compress images to .pxc files
    #[command(visible_alias = "c", after_help = AFTER_HELP)]
    Compress(CompressArguments),
    /// Decompress .pxc files to PNG or other images
    #[command(visible_alias = "d", after_help = AFTER_HELP)]
    Decompress(DecompressArguments),
    /// Write the thumbnail of a .pxc file that was compressed with a model of two scales
    #[command(after_help = AFTER_HELP)]
    Thumbnail(ThumbnailArguments),
    /// Show what .pxc files contain
    #[command(visible_alias = "i", after_help = AFTER_HELP)]
    Info(InfoArguments),
    /// Decode .pxc files and verify their digests, without writing anything
    #[command(visible_alias = "t", after_help = AFTER_HELP)]
    Test(TestArguments),
    /// Compare sizes and times with PNG, WebP and JPEG XL
    #[command(after_help = AFTER_HELP)]
    Bench(BenchArguments),
    /// List the models at hand
    #[command(visible_alias = "m", after_help = AFTER_HELP)]
    Models(ModelsArguments),
    /// Print a shell's completion script
    Completions(CompletionsArguments),
    /// Print the manual page (troff)
    Man,
    /// Make a deflate stream again, for the process that decompresses an exact file
    #[command(hide = true)]
    RemakeDeflate(Allowance),
}

/// `pxc compress`.
#[derive(Debug, Args)]
pub(crate) struct CompressArguments {
    #[command(flatten)]
    pub(crate) inputs: ImageInputArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Decode the result and compare it with the image before reporting success
    #[arg(long)]
    pub(crate) verify: bool,
    /// Time against size
    #[arg(long, value_enum, default_value_t = EffortChoice::Default)]
    pub(crate) effort: EffortChoice,
    /// Metadata to leave out: `all`, or `safe`, which keeps what changes the picture's look
    ///
    /// `safe` keeps the colour space (cICP, iCCP, sRGB, gAMA, cHRM, mDCV, cLLI) and the pixel size (pHYs).
    #[arg(long, value_name = "WHICH")]
    pub(crate) strip: Option<Strip>,
    /// Keep a PNG file bit by bit: `decompress` returns its very bytes
    ///
    /// Costs some space. A file that cannot be reconstructed is compressed as pixels and metadata, and a note says so; with
    /// `require` it is an error.
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "try", conflicts_with = "strip")]
    pub(crate) exact_file: Option<ExactFile>,
    /// Also take JPEG and lossy WebP files: their pixels are kept, the files are not
    #[arg(long)]
    pub(crate) allow_lossy_source: bool,
    #[command(flatten)]
    pub(crate) batch: BatchArguments,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
    #[command(flatten)]
    pub(crate) messages: MessageArguments,
}

/// `pxc decompress`.
#[derive(Debug, Args)]
pub(crate) struct DecompressArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Format of the output [default: by its name, else png]
    #[arg(long, value_name = "F")]
    pub(crate) format: Option<Format>,
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
    pub(crate) format: Option<Format>,
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

/// `pxc info`.
#[derive(Debug, Args)]
pub(crate) struct InfoArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    /// Print one JSON object per file and line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// `pxc test`.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    #[command(flatten)]
    pub(crate) inputs: InputArguments,
    /// Print one JSON object per file and line
    #[arg(long)]
    pub(crate) json: bool,
    /// Files at the same time [default: as many as threads]
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
    /// Also take JPEG and lossy WebP files: their pixels are compressed
    #[arg(long)]
    pub(crate) allow_lossy_source: bool,
    /// pxc's time against size
    #[arg(long, value_enum, default_value_t = EffortChoice::Default)]
    pub(crate) effort: EffortChoice,
    /// Print one JSON object per file and line, and one for the total
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
}

/// `pxc models`.
#[derive(Debug, Args)]
pub(crate) struct ModelsArguments {
    /// Print one JSON object per model and line
    #[arg(long)]
    pub(crate) json: bool,
}

/// `pxc completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// Images to read.
#[derive(Debug, Args)]
pub(crate) struct ImageInputArguments {
    /// PNG, PNM, PAM, TIFF, WebP, QOI, BMP or GIF images; `-` is the standard input
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Take the images in directories and their subdirectories
    #[arg(short, long)]
    pub(crate) recursive: bool,
}

/// .pxc files to read.
#[derive(Debug, Args)]
pub(crate) struct InputArguments {
    /// .pxc files; `-` is the standard input
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Take the .pxc files in directories and their subdirectories
    #[arg(short, long)]
    pub(crate) recursive: bool,
}

/// Where the result goes, for `compress` and `decompress`.
#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// Output file, or an existing directory; `-` is the standard output
    ///
    /// Without it the output stands beside the input: `img.png` becomes `img.pxc`, `img.bmp` becomes `img.bmp.pxc`, and the
    /// reverse.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Directory for the outputs, made if need be; files below an input directory keep their subdirectories
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub(crate) out_dir: Option<PathBuf>,
    /// Suffix of compressed files, instead of .pxc
    #[arg(
        long,
        value_name = "SUFFIX",
        default_value = ".pxc",
        hide_default_value = true
    )]
    pub(crate) suffix: String,
    /// Overwrite existing files, and write to a terminal
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Remove each input file after success
    #[arg(long = "rm")]
    pub(crate) remove: bool,
}

/// How several files are handled.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct BatchArguments {
    /// Files at the same time [default: as many as threads]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Go on with the other files after a failure
    #[arg(short, long)]
    pub(crate) keep_going: bool,
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
    /// Threads in all; the bytes are the same with any number [default: one per core]
    #[arg(short = 'T', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
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

/// `--exact-file`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExactFile {
    /// If the file can be reconstructed
    Try,
    /// Or fail
    Require,
}

/// `--effort`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EffortChoice {
    /// A model alone, of 8-bit layers
    Fast,
    /// The model, refined by what was coded before
    Default,
    /// Refined, in larger tiles: smaller, with fewer threads
    Max,
}

impl From<EffortChoice> for Effort {
    fn from(choice: EffortChoice) -> Effort {
        match choice {
            EffortChoice::Fast => Effort::Fast,
            EffortChoice::Default => Effort::Default,
            EffortChoice::Max => Effort::Max,
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
