//! Why the PNG file that a .pxc file describes could not be rebuilt.

use std::io;

/// Why a PNG file could not be rebuilt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RebuildError {
    /// The description is damaged.
    #[error(transparent)]
    Description(#[from] pxc_picture::Error),
    /// The deflate stream takes more work than its plain bytes explain, or than `--max-memory` or `--max-time` allow.
    #[error(
        "work limit: allowed {seconds} seconds and {memory} bytes, its deflate stream takes more"
    )]
    Work {
        /// Bytes of memory that were allowed.
        memory: u64,
        /// Seconds that were allowed.
        seconds: u64,
    },
    /// The process that makes the deflate stream failed.
    #[error("the process for its deflate stream: {0}")]
    Process(String),
}

impl RebuildError {
    /// Whether the description is to blame.
    pub(crate) fn is_bad_data(&self) -> bool {
        matches!(self, RebuildError::Description(error) if error.kind() == pxc_picture::ErrorKind::BadData)
    }
}

impl From<io::Error> for RebuildError {
    fn from(error: io::Error) -> RebuildError {
        RebuildError::Process(error.to_string())
    }
}
