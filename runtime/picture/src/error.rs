//! Why an image file could not be read, written, described or rebuilt.

use pxc_codec::{ErrorKind, Limits};

use crate::exact::reason::Reason;
use crate::formats::input::{self, InputFormat};
use crate::formats::output::OutputFormat;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of a decoder.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why an image file could not be read, written, described or rebuilt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not an image of a known format.
    #[error(
        "byte 0x0: not an image of a known format: expected {}, found {found}",
        input::NAMES
    )]
    UnknownFormat {
        /// The first bytes, in hexadecimal.
        found: String,
    },
    /// The file does not follow its format.
    #[error("damaged {format}: {message}")]
    Damaged {
        /// Name of the format.
        format: &'static str,
        /// What is wrong.
        message: String,
        /// The error of a decoder or of the codec.
        source: Option<Source>,
    },
    /// The file ends before its image does.
    #[error("the {format} file is truncated")]
    Truncated {
        /// Name of the format.
        format: &'static str,
    },
    /// The file is intact, but of a kind that this crate does not read.
    #[error("{found} is not supported")]
    Unsupported {
        /// What the file is.
        found: String,
        /// The decoder's error.
        source: Option<Source>,
    },
    /// The file is lossy, and the caller did not allow that.
    #[error("this {found} file is lossy: only its pixels would come back, not the file")]
    Lossy {
        /// Name of the format.
        found: &'static str,
    },
    /// Lepton does not code a JPEG file. Its pixels can still be compressed.
    #[error("{}", pxc_jpeg::Error::NotCoded)]
    NotCoded,
    /// The image has more pixels, or needs more memory, than the limits allow.
    #[error(transparent)]
    Limit {
        /// Which limit, what it allows, and what the image needs.
        source: pxc_codec::Error,
    },
    /// The output format cannot hold the image without loss.
    #[error("{} cannot hold this {found} image exactly (it holds {})", .format.extension(), .format.capacity())]
    Capacity {
        /// The output format.
        format: OutputFormat,
        /// Sample format of the image.
        found: String,
    },
    /// The PNG encoder failed.
    #[error(transparent)]
    PngEncoder {
        /// The encoder's error.
        source: png::EncodingError,
    },
    /// The encoder of another format failed.
    #[error(transparent)]
    Encoder {
        /// The encoder's error.
        source: image::ImageError,
    },
    /// Bytes could not be written to memory.
    #[error(transparent)]
    Io {
        /// The system's error.
        source: std::io::Error,
    },
    /// The file has no description from which it could be rebuilt. Its pixels and metadata can still be compressed.
    #[error("{reason}")]
    NotDescribed {
        /// Why not.
        reason: Reason,
    },
    /// Rebuilding the file from its description gave other bytes. Its pixels and metadata can still be compressed.
    #[error("the file cannot be rebuilt from its description")]
    Unproved {
        /// What went wrong.
        source: Box<Error>,
    },
    /// The description of a file is damaged.
    #[error("{reason}")]
    Description {
        /// What is wrong with it.
        reason: String,
        /// The error of a decoder or an encoder.
        source: Option<Source>,
    },
    /// The corrections do not produce a deflate stream.
    #[error("its deflate stream cannot be rebuilt")]
    DeflateCorrections,
    /// The corrections produce a longer deflate stream than any that [`describe`](crate::exact::describe) accepts.
    #[error("its deflate stream is much longer than its rows")]
    DeflateLength,
    /// Memory ran out while a deflate stream was made.
    #[error("its deflate stream needs more memory than is available")]
    DeflateMemory,
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::UnknownFormat { .. }
            | Error::Damaged { .. }
            | Error::Truncated { .. }
            | Error::Description { .. }
            | Error::DeflateCorrections
            | Error::DeflateLength => ErrorKind::BadData,
            Error::Unsupported { .. }
            | Error::NotCoded
            | Error::NotDescribed { .. }
            | Error::Unproved { .. } => ErrorKind::Unsupported,
            Error::Lossy { .. } | Error::Capacity { .. } => ErrorKind::Argument,
            Error::Limit { source } => source.kind(),
            Error::DeflateMemory => ErrorKind::Limit,
            Error::PngEncoder { .. } | Error::Encoder { .. } | Error::Io { .. } => ErrorKind::Io,
        }
    }

    /// The kind of file that this is about, if the file is sound and its kind is the reason why it is not kept.
    pub fn unkept_kind(&self) -> Option<String> {
        match self {
            Error::Unsupported { found, .. } => {
                let articles = ["an ", "a ", "its kind of "];
                let bare = articles
                    .iter()
                    .find_map(|article| found.strip_prefix(article));
                Some(bare.unwrap_or(found).to_owned())
            }
            Error::Lossy { found } => Some(format!("lossy {found}")),
            Error::NotCoded => Some("JPEG that Lepton does not code".into()),
            _ => None,
        }
    }

    pub(crate) fn damaged(format: &'static str, message: impl Into<String>) -> Error {
        Error::Damaged {
            format,
            message: message.into(),
            source: None,
        }
    }

    /// The error of a decoder, or of the codec, that refuses a part of a file.
    pub(crate) fn undecodable(
        format: &'static str,
        part: impl Into<String>,
        source: impl Into<Source>,
    ) -> Error {
        Error::Damaged {
            format,
            message: part.into(),
            source: Some(source.into()),
        }
    }

    pub(crate) fn unsupported(found: impl Into<String>) -> Error {
        Error::Unsupported {
            found: found.into(),
            source: None,
        }
    }

    /// The error of a decoder that does not know the kind of file, or fails in an unforeseen way.
    pub(crate) fn unreadable_kind(format: InputFormat, source: impl Into<Source>) -> Error {
        Error::Unsupported {
            found: format!("its kind of {}", format.name()),
            source: Some(source.into()),
        }
    }

    pub(crate) fn limit(source: pxc_codec::Error) -> Error {
        Error::Limit { source }
    }

    /// Restates the error for a caller whose limits were `limits` before parts of its memory were reserved.
    pub fn within(self, limits: &Limits) -> Error {
        match self {
            Error::Limit { source } => Error::limit(limits.unreserve(source)),
            other => other,
        }
    }

    /// The error of a decoder that would take more memory than the limits allow, and does not say how much.
    pub(crate) fn memory_limit(limits: &Limits) -> Error {
        Error::limit(pxc_codec::Error::LimitExceeded {
            limit: "max_memory",
            allowed: limits.max_memory,
            needed: limits.max_memory.saturating_add(1),
        })
    }

    pub(crate) fn not_described(reason: Reason) -> Error {
        Error::NotDescribed { reason }
    }

    pub(crate) fn unproved(source: impl Into<Error>) -> Error {
        Error::Unproved {
            source: Box::new(source.into()),
        }
    }

    pub(crate) fn description(reason: impl Into<String>) -> Error {
        Error::Description {
            reason: reason.into(),
            source: None,
        }
    }

    /// The error of a decoder or an encoder that refuses a part of a description.
    pub(crate) fn description_part(part: &str, source: impl Into<Source>) -> Error {
        Error::Description {
            reason: part.into(),
            source: Some(source.into()),
        }
    }
}

impl From<pxc_jpeg::Error> for Error {
    fn from(error: pxc_jpeg::Error) -> Error {
        let format = "JPEG";
        match error {
            pxc_jpeg::Error::Truncated => Error::Truncated { format },
            pxc_jpeg::Error::Unsupported { found, source } => Error::Unsupported { found, source },
            pxc_jpeg::Error::NotCoded => Error::NotCoded,
            pxc_jpeg::Error::Codec { source } => Error::Limit { source },
            pxc_jpeg::Error::Damaged { message, source } => Error::Damaged {
                format,
                message,
                source,
            },
            other => Error::undecodable(format, "its image", other),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(source: std::io::Error) -> Error {
        Error::Io { source }
    }
}
