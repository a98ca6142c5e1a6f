//! Arguments of `pxc compress`.

use clap::Args;

use crate::arguments::batch::{BatchArguments, MessageArguments};
use crate::arguments::choices::{EffortChoice, ExactFileChoice, StripChoice};
use crate::arguments::coding::CodingArguments;
use crate::arguments::files::{ImageInputArguments, OutputArguments};

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
    pub(crate) strip: Option<StripChoice>,
    /// Keep a PNG file bit by bit: `decompress` returns its very bytes
    ///
    /// Costs some space. A file that cannot be reconstructed is compressed as pixels and metadata, and a note says so; with
    /// `require` it is an error.
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "try", conflicts_with = "strip")]
    pub(crate) exact_file: Option<ExactFileChoice>,
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
