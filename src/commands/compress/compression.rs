//! What the inputs of `compress` share, and how one is read.

use pxc_picture::{InputFormat, MetadataChunk, Picture, metadata};

use crate::arguments::choices::{ExactFileChoice, StripChoice};
use crate::arguments::compress::CompressArguments;
use crate::coding::engine::Coding;
use crate::coding::jpeg;
use crate::coding::preserved::{Preserved, describe};
use crate::error::Error;
use crate::files::location::Paths;
use crate::files::naming::stored_extension::{self, NamedFormat};
use crate::files::reading::{self, Input};
use crate::terminal::console::say;
use crate::terminal::progress::FileMeter;

/// Copies of a file and its samples that are in memory while the file is described.
const COPIES: u64 = 6;

/// What all inputs share.
pub(super) struct Compression<'a> {
    pub(super) arguments: &'a CompressArguments,
    pub(super) coding: Coding,
    /// Whether there is no other input.
    pub(super) is_single: bool,
}

/// An input that was read.
pub(super) struct Source {
    /// Its picture, with the metadata to keep.
    pub(super) picture: Picture,
    pub(super) file: Input,
    /// What can be kept of the file; `None` if that is decided while the picture is coded.
    pub(super) preserved: Option<Preserved>,
}

impl Compression<'_> {
    /// Reads an input.
    pub(super) fn read(&self, paths: Paths<'_>, meter: &FileMeter<'_>) -> Result<Source, Error> {
        let (arguments, limits) = (self.arguments, *self.coding.limits());
        let file = reading::read_input(paths.input, &limits)?;
        let keeps_jpeg = arguments.strip.is_none() && !arguments.allow_lossy_source;
        if keeps_jpeg && jpeg::is_jpeg(&file.bytes) {
            let name = self.name_chunk(paths, Some(NamedFormat::Jpeg));
            let of = (file.bytes.as_slice(), name);
            let (bytes, picture) = jpeg::compress(paths.input, of, &self.coding, meter)?;
            return Ok(Source {
                picture,
                file,
                preserved: Some(Preserved::Jpeg(bytes)),
            });
        }
        let lossy = arguments.allow_lossy_source;
        let location = paths.input.clone();
        let read = self.coding.in_time(paths.input, meter, move || {
            let picture = reading::picture(&location, &file, lossy, &limits)?;
            Ok::<_, Error>((picture, file))
        })?;
        let (picture, file) = read?;
        if self.describes_beside(&picture, &file) {
            return Ok(Source {
                picture,
                file,
                preserved: None,
            });
        }
        let (location, asked) = (paths.input.clone(), self.asked());
        let read = self.coding.in_time(paths.input, meter, move || {
            let preserved = describe(&location, &picture, &file.bytes, asked, &limits)?;
            Ok::<_, Error>((picture, file, preserved))
        })?;
        let (mut picture, file, preserved) = read?;
        if let Some(which) = arguments.strip {
            self.strip(paths, &mut picture, which);
        }
        Ok(Source {
            picture,
            file,
            preserved: Some(preserved),
        })
    }

    /// Removes the metadata that `--strip` names.
    fn strip(&self, paths: Paths<'_>, picture: &mut Picture, which: StripChoice) {
        let mut keep = metadata::keep_look();
        let stripped = picture.strip(|chunk| which == StripChoice::Safe && keep(chunk));
        if self.arguments.messages.verbose && !stripped.is_empty() {
            let names = stripped.join(", ");
            say(format_args!("{}: --strip removes {names}", paths.input));
        }
    }

    /// Which files the options ask to keep byte for byte.
    pub(super) fn asked(&self) -> Option<ExactFileChoice> {
        let arguments = self.arguments;
        arguments.strip.is_none().then_some(arguments.exact_file)
    }

    /// Whether the file is described while its image is coded: it takes long, and nothing depends on it before.
    fn describes_beside(&self, picture: &Picture, file: &Input) -> bool {
        let is_asked = matches!(
            self.asked(),
            Some(ExactFileChoice::Auto | ExactFileChoice::Always)
        );
        let bytes = file.bytes.len() + picture.image.samples().len();
        is_asked
            && picture.source == InputFormat::Png
            && picture.dropped.is_empty()
            && self.coding.has_room_beside(COPIES * bytes as u64)
    }

    /// The chunk with the part of the input's name that does not follow from the name of the .pxc file.
    pub(super) fn name_chunk(
        &self,
        paths: Paths<'_>,
        format: Option<NamedFormat>,
    ) -> Option<MetadataChunk> {
        let suffix = &self.arguments.output.suffix;
        stored_extension::chunk(paths, suffix, format?)
    }
}
