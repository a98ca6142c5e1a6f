//! An input of `compress`, with what its coding needs.

use pxc_picture::MetadataChunk;

use crate::arguments::choices::ExactFileChoice;
use crate::arguments::compress::CompressArguments;
use crate::coding::engine::Coding;
use crate::error::Error;
use crate::files::location::Paths;
use crate::files::naming::kept_extension::{self, NamedFormat};
use crate::terminal::progress::FileMeter;

/// An image file on its way into a .pxc file.
#[derive(Clone, Copy)]
pub(crate) struct EncodingTask<'a> {
    /// The image file and the .pxc file.
    pub(crate) paths: Paths<'a>,
    /// The options.
    pub(crate) arguments: &'a CompressArguments,
    /// The engine, limits and time.
    pub(crate) coding: &'a Coding,
    /// The progress of the file.
    pub(crate) meter: &'a FileMeter<'a>,
}

impl EncodingTask<'_> {
    /// Which files the options ask to keep byte for byte; `None` if no file is to come back.
    pub(crate) fn exact_files(&self) -> Option<ExactFileChoice> {
        let arguments = self.arguments;
        arguments.strip.is_none().then_some(arguments.exact_file)
    }

    /// Whether the options leave JPEG files as they are. Fails if they do not, and do not allow to keep pixels either.
    pub(crate) fn may_keep_jpeg(&self) -> Result<bool, Error> {
        let arguments = self.arguments;
        match arguments.strip {
            Some(_) if !arguments.allow_lossy_source => Err(Error::StrippedJpeg {
                location: self.paths.input.clone(),
            }),
            strip => Ok(strip.is_none()),
        }
    }

    /// The chunk with the part of the input's name that does not follow from the name of the .pxc file.
    pub(crate) fn name_chunk(&self, format: Option<NamedFormat>) -> Option<MetadataChunk> {
        let suffix = &self.arguments.output.suffix;
        kept_extension::chunk(self.paths, suffix, format?)
    }
}
