//! Why the PNG file that a .pxc file describes could not be rebuilt.

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;

use pxc_picture::ErrorKind;

/// Why a PNG file could not be rebuilt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RebuildError {
    /// There is no description.
    #[error("the .pxc file describes no other file")]
    NotDescribed,
    /// The description is damaged.
    #[error(transparent)]
    Description(#[from] pxc_picture::Error),
    /// The deflate stream takes more work than its plain bytes explain, or than `--max-memory` or `--max-time` allows.
    #[error(
        "work limit: allowed {seconds} seconds and {memory} bytes, its deflate stream takes more"
    )]
    Work {
        /// Bytes of memory that were allowed.
        memory: u64,
        /// Seconds that were allowed.
        seconds: u64,
    },
    /// A known encoder takes longer than `--max-time` allows.
    #[error("time limit: making its deflate stream takes longer")]
    Time,
    /// The process that makes the deflate stream does not start.
    #[error("cannot start the helper process that rebuilds its deflate stream: {}", .program.display())]
    Start {
        /// The program.
        program: OsString,
        /// The system's error.
        source: io::Error,
    },
    /// The system has no thread for the conversation with the process.
    #[error("cannot start a thread for the helper process that rebuilds its deflate stream")]
    Thread {
        /// The system's error.
        source: io::Error,
    },
    /// The conversation with the process broke off.
    #[error("cannot talk to the helper process that rebuilds its deflate stream")]
    Conversation(#[from] io::Error),
    /// The process failed.
    #[error("the helper process that rebuilds its deflate stream failed: {0}")]
    Process(ExitStatus),
}

impl RebuildError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            RebuildError::NotDescribed => ErrorKind::Unsupported,
            RebuildError::Description(source) => source.kind(),
            RebuildError::Work { .. } | RebuildError::Time => ErrorKind::Limit,
            RebuildError::Start { .. }
            | RebuildError::Thread { .. }
            | RebuildError::Conversation(_)
            | RebuildError::Process(_) => ErrorKind::Io,
        }
    }
}
