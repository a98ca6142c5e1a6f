//! Why a JPEG file could not be kept, restored or decoded.

use pxc_codec::ErrorKind;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a JPEG file could not be kept, restored or decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not follow its format.
    #[error("damaged JPEG: {message}")]
    Damaged {
        /// What is wrong.
        message: String,
    },
    /// The file ends before its image does.
    #[error("the JPEG file is truncated")]
    Truncated,
    /// The file is sound, but of a kind that is not read or not kept.
    #[error("{found} is not supported")]
    Unsupported {
        /// What the file is.
        found: String,
    },
    /// The `.pxc` file is damaged or holds no JPEG file, a limit is exceeded, or the caller cancelled.
    #[error(transparent)]
    Codec {
        /// What the codec says.
        #[from]
        source: pxc_codec::Error,
    },
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Damaged { .. } | Error::Truncated => ErrorKind::BadData,
            Error::Unsupported { .. } => ErrorKind::Unsupported,
            Error::Codec { source } => source.kind(),
        }
    }

    pub(crate) fn damaged(message: impl Into<String>) -> Error {
        Error::Damaged {
            message: message.into(),
        }
    }

    pub(crate) fn unsupported(found: impl Into<String>) -> Error {
        Error::Unsupported {
            found: found.into(),
        }
    }
}
