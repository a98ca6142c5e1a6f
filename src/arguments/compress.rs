//! Arguments of `pxc compress`.

use clap::Args;

use crate::arguments::batch::{BatchArguments, MessageArguments};
use crate::arguments::choices::{EffortArgument, ExactFileChoice, StripChoice};
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
    #[command(flatten)]
    pub(crate) effort: EffortArgument,
    /// Fail if the file would be smaller without the model that --model names
    #[arg(long, requires = "model")]
    pub(crate) require_model: bool,
    /// Remove metadata: `all` of it, or what is `safe` to remove
    ///
    /// `safe` keeps the colour space (cICP, iCCP, sRGB, gAMA, cHRM, mDCV, cLLI), the pixel size (pHYs)
    /// and the orientation (from EXIF and XMP).
    #[arg(long, value_name = "WHICH")]
    pub(crate) strip: Option<StripChoice>,
    /// Keep files exactly: `decompress` returns them byte for byte
    ///
    /// Works for PNG, BMP, PNM, PAM, QOI and uncompressed TIFF files that pxc can rebuild. pxc always keeps JPEG files
    /// exactly. Of all other files it keeps pixels and metadata, and -v says why.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ExactFileChoice::Auto, conflicts_with = "strip")]
    pub(crate) exact_file: ExactFileChoice,
    /// Keep the pixels of lossy files that cannot come back: WebP, TIFF with JPEG compression, and JPEG with --strip or
    /// if Lepton does not code it
    ///
    /// All other JPEG files come back byte for byte, with or without this option.
    #[arg(long)]
    pub(crate) allow_lossy_source: bool,
    /// Write no preview, the small image from which `thumbnail` makes thumbnails quickly
    ///
    /// Other files of more than 2^20 pixels have one, if it takes at most 0.3 % of the file; JPEG files have none.
    #[arg(long)]
    pub(crate) no_preview: bool,
    #[command(flatten)]
    pub(crate) batch: BatchArguments,
    #[command(flatten)]
    pub(crate) coding: CodingArguments,
    #[command(flatten)]
    pub(crate) messages: MessageArguments,
}
