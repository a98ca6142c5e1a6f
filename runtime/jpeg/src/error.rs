//! Why a JPEG file could not be kept, restored or decoded.

use pxc_codec::{ErrorKind, Limits};

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of a decoder of another crate.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a JPEG file could not be kept, restored or decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not follow its format.
    #[error("damaged JPEG: {message}")]
    Damaged {
        /// What is wrong.
        message: String,
        /// The decoder's error.
        source: Option<Source>,
    },
    /// The file ends before its image does.
    #[error("the JPEG file is truncated")]
    Truncated,
    /// The file is intact, but of a kind that pxc does not read or does not keep.
    #[error("{found} is not supported")]
    Unsupported {
        /// What the file is.
        found: String,
        /// The decoder's error.
        source: Option<Source>,
    },
    /// The file is sound, but it cannot be restored from a Lepton stream: it is built in an unusual way.
    #[error(
        "Lepton, which keeps JPEG files byte for byte, does not code this one: it is built in an unusual way"
    )]
    NotCoded,
    /// The `.pxc` file is damaged or holds no JPEG file, a limit is exceeded, or the caller cancelled.
    #[error(transparent)]
    Codec {
        /// The codec's error.
        #[from]
        source: pxc_codec::Error,
    },
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Damaged { .. } | Error::Truncated => ErrorKind::BadData,
            Error::Unsupported { .. } | Error::NotCoded => ErrorKind::Unsupported,
            Error::Codec { source } => source.kind(),
        }
    }

    /// Restates the error for a caller whose limits were `limits` before parts of its memory were reserved.
    pub(crate) fn within(self, limits: &Limits) -> Error {
        match self {
            Error::Codec { source } => limits.unreserve(source).into(),
            other => other,
        }
    }

    pub(crate) fn damaged(message: impl Into<String>) -> Error {
        Error::Damaged {
            message: message.into(),
            source: None,
        }
    }

    /// The error of a decoder that refuses a part of the file.
    pub(crate) fn undecodable(part: &str, source: impl Into<Source>) -> Error {
        Error::Damaged {
            message: part.to_owned(),
            source: Some(source.into()),
        }
    }

    pub(crate) fn unsupported(found: impl Into<String>) -> Error {
        Error::Unsupported {
            found: found.into(),
            source: None,
        }
    }

    /// The error of a decoder that does not know the kind of file.
    pub(crate) fn unknown(found: &str, source: impl Into<Source>) -> Error {
        Error::Unsupported {
            found: found.to_owned(),
            source: Some(source.into()),
        }
    }
}
