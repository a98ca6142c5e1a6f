//! What the command says of an error, and what to do about it.

use pxc_runtime::{CodecError, full_message};

use crate::coding::rebuild::error::RebuildError;
use crate::error::Error;
use crate::error::limits::{limit_advice, limit_of};
use crate::files::location::Location;

impl Error {
    /// The message for people: the error, its sources, and what to do.
    pub(crate) fn message(&self) -> String {
        let mut message = full_message(self);
        message += &self.codec_error().map_or_else(String::new, limit_advice);
        message += match self {
            Error::Rebuild { .. } => " (use --format or --partial to get its pixels)",
            Error::Codec { source, .. } if is_missing_model(source) => {
                " (give the file of the model with --model, or add it for good: pxc models add FILE)"
            }
            Error::Codec { source, .. }
                if source.codec_error().is_some_and(leaves_intact_groups) =>
            {
                " (the file is damaged: decompress --partial saves the intact part)"
            }
            Error::Codec { source, .. } => source.codec_error().map_or("", header_advice),
            Error::DamagedJpeg { .. } => " (get a copy of the file)",
            Error::Picture { source, .. } | Error::ExactFile { source, .. } => {
                picture_advice(source)
            }
            _ => "",
        };
        message
    }

    /// The message without the name of the input.
    pub(crate) fn reason(&self, input: &Location) -> String {
        let message = self.message();
        let reason = message.strip_prefix(&format!("{input}: "));
        reason.unwrap_or(&message).to_owned()
    }

    /// The codec's error, wherever it comes from.
    fn codec_error(&self) -> Option<&CodecError> {
        match self {
            Error::Picture { source, .. }
            | Error::Rebuild {
                source: RebuildError::Description(source),
                ..
            }
            | Error::ExactFile { source, .. } => limit_of(source),
            Error::Codec { source, .. } | Error::Setup { source } => source.codec_error(),
            _ => None,
        }
    }
}

/// Whether a part of the image is damaged, and others may not be.
fn leaves_intact_groups(error: &CodecError) -> bool {
    matches!(
        error,
        CodecError::GroupChecksum { .. }
            | CodecError::GroupTruncated { .. }
            | CodecError::GroupContent { .. }
            | CodecError::PixelDigest { .. }
    )
}

/// What to do if only the pixels of an image file can be kept.
fn picture_advice(error: &pxc_picture::Error) -> &'static str {
    match error {
        pxc_picture::Error::Lossy { .. } => " (use --allow-lossy-source to accept that)",
        pxc_picture::Error::NotCoded => " (use --allow-lossy-source to keep its pixels instead)",
        _ => "",
    }
}

/// What to do if what describes the image is damaged.
fn header_advice(error: &CodecError) -> &'static str {
    match error {
        CodecError::Signature { .. } => {
            " (if it was a .pxc file, nothing of it can be saved: get a copy of the file)"
        }
        CodecError::Truncated { .. }
        | CodecError::HeaderChecksum { .. }
        | CodecError::HeaderField { .. }
        | CodecError::ColorSet { .. }
        | CodecError::SampleMap { .. }
        | CodecError::MetadataContent { .. } => {
            " (the header is damaged, so nothing can be saved, with --partial either: get a copy of the file)"
        }
        _ => "",
    }
}

/// Whether a .pxc file names a model that was not found.
fn is_missing_model(error: &pxc_runtime::Error) -> bool {
    matches!(error, pxc_runtime::Error::UnknownModel { .. })
}
