//! What `compress` reports about an input: whether it comes back byte for byte, and what is lost.

use pxc_picture::exact::Reason;
use pxc_picture::{InputFormat, Picture};

use crate::arguments::batch::MessageArguments;
use crate::arguments::choices::ExactFileChoice;
use crate::arguments::compress::CompressArguments;
use crate::coding::exactness::Exactness;
use crate::coding::losses::Losses;
use crate::coding::preserved::Preserved;
use crate::commands::compress::compression::{Compression, Source};
use crate::error::Error;
use crate::files::location::Location;
use crate::terminal::console::say;

/// Reports whether the file comes back byte for byte: always with -v; otherwise only if it does not, and it is the only
/// input or `--exact-file=always` is given.
pub(super) fn report_exactness(
    compression: &Compression<'_>,
    location: &Location,
    exactness: &Exactness,
) {
    let MessageArguments { quiet, verbose, .. } = compression.arguments.messages;
    // For a JPEG file, another note reports that the file is not kept.
    let is_missed = matches!(exactness, Exactness::Pixels(reason) if !is_jpeg_pixels(reason));
    let choice = compression.arguments.exact_file;
    let is_summed_up = !compression.is_single && choice != ExactFileChoice::Always;
    if verbose {
        say(format_args!("{location}: {exactness}"));
    } else if is_missed && !quiet && !is_summed_up {
        say(format_args!("{location}: note: {exactness}"));
    }
}

/// Whether only the pixels of a JPEG file are kept, which the options ask for.
fn is_jpeg_pixels(reason: &Reason) -> bool {
    let format = InputFormat::Jpeg;
    *reason == Reason::Format { format }
}

/// Reports what the .pxc file drops, if it is known that only pixels and metadata are kept.
pub(super) fn check_loss(
    arguments: &CompressArguments,
    location: &Location,
    source: &Source,
) -> Result<(), Error> {
    let may_be_exact = match &source.preserved {
        Some(Preserved::Pixels(_)) => false,
        Some(Preserved::NotAsked) => may_be_exact(arguments, &source.picture),
        Some(Preserved::File(_) | Preserved::Jpeg(_)) | None => return Ok(()),
    };
    check_dropped(arguments, location, &source.picture, may_be_exact)
}

/// Whether `--exact-file` may keep a file of which the options keep pixels and metadata.
fn may_be_exact(arguments: &CompressArguments, picture: &Picture) -> bool {
    let is_described = !matches!(
        picture.source,
        InputFormat::Jpeg | InputFormat::WebP | InputFormat::Gif
    );
    is_described && arguments.strip.is_none()
}

/// Reports what the .pxc file drops of a picture.
pub(super) fn check_dropped(
    arguments: &CompressArguments,
    location: &Location,
    picture: &Picture,
    may_be_exact: bool,
) -> Result<(), Error> {
    let losses = Losses {
        input: location,
        noted: location,
        keeper: "the .pxc file",
        names: &picture.dropped,
        may_be_exact,
    };
    losses.check(&arguments.output, arguments.messages.quiet)
}
