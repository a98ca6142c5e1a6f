//! What `compress` reports of a file that it has processed.

use std::time::Instant;

use pxc_picture::InputFormat;
use pxc_picture::exact::Reason;

use crate::arguments::batch::MessageArguments;
use crate::arguments::choices::ExactFileChoice;
use crate::arguments::compress::CompressArguments;
use crate::coding::encoding::coded::CodedFile;
use crate::coding::exactness::Exactness;
use crate::files::location::Location;
use crate::terminal::console::say;
use crate::terminal::figures::{Samples, Sizes, Speed};

/// Reports what became of an input.
#[derive(Clone, Copy)]
pub(crate) struct Report<'a> {
    /// The input.
    pub(crate) input: &'a Location,
    /// The options.
    pub(crate) arguments: &'a CompressArguments,
    /// Whether there is no other input.
    pub(crate) is_single: bool,
}

impl Report<'_> {
    /// Reports whether the file comes back byte for byte and, with -v, sizes and times.
    pub(crate) fn coded(&self, output: &Location, coded: &CodedFile, begin: Instant) {
        let verbose = self.arguments.messages.verbose;
        let samples = Samples::of(&coded.picture.image);
        if verbose {
            let file = coded.bytes.len();
            let sizes = Sizes { samples, file };
            say(format_args!("{} → {output}: {sizes}", self.input));
        }
        self.exactness(&coded.exactness);
        if verbose {
            say(Speed {
                samples,
                elapsed: begin.elapsed(),
                times: coded.times,
            });
        }
    }

    /// Reports whether the file comes back byte for byte: always with -v; otherwise only if it does not, and it is the
    /// only input or `--exact-file=always` is given.
    pub(crate) fn exactness(&self, exactness: &Exactness) {
        let MessageArguments { quiet, verbose, .. } = self.arguments.messages;
        // For a JPEG file, another note reports that the file is not kept.
        let is_missed =
            matches!(exactness, Exactness::Pixels(obstacle) if !is_jpeg_pixels(&obstacle.reason));
        let choice = self.arguments.exact_file;
        let input = self.input;
        if verbose {
            say(format_args!("{input}: {exactness}"));
        } else if is_missed && !quiet && (self.is_single || choice == ExactFileChoice::Always) {
            say(format_args!("{input}: note: {exactness}"));
        }
    }
}

/// Whether only the pixels of a JPEG file are kept, which the options ask for.
fn is_jpeg_pixels(reason: &Reason) -> bool {
    let format = InputFormat::Jpeg;
    *reason == Reason::Format { format }
}
