//! What can go wrong in the command, with the file that it concerns, and the exit code that follows.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::console::Counted;
use crate::exact_file::RebuildError;
use crate::picture::SourceError;
use crate::picture_writer::TargetError;

/// Exit codes, as `pxc --help` states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitCode {
    /// Done.
    Done = 0,
    /// The data is bad.
    BadData = 1,
    /// Anything else.
    Other = 2,
}

/// A file, or the standard input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `-`: the standard input or output.
    Standard,
    /// A file.
    File(PathBuf),
}

impl Place {
    /// `-` or a path, as given on the command line.
    pub(crate) fn new(path: &Path) -> Place {
        if path == Path::new("-") {
            Place::Standard
        } else {
            Place::File(path.to_owned())
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Standard => f.write_str("-"),
            Place::File(path) => path.display().fmt(f),
        }
    }
}

/// Every failure of the command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// An input cannot be read.
    #[error("{place}: {source}")]
    Read {
        /// The input.
        place: Place,
        /// The system's error.
        source: io::Error,
    },
    /// An output cannot be written.
    #[error("{place}: {source}")]
    Write {
        /// The output.
        place: Place,
        /// The system's error.
        source: io::Error,
    },
    /// An input that was handled cannot be removed.
    #[error("{}: cannot be removed: {source}", .path.display())]
    Remove {
        /// The input.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The output exists.
    #[error("{}: already exists (overwrite with --force)", .path.display())]
    Exists {
        /// The output.
        path: PathBuf,
    },
    /// The output is a terminal.
    #[error("-: not writing binary data to a terminal (do it with --force)")]
    Terminal,
    /// The options do not go together.
    #[error("{problem}")]
    Usage {
        /// What does not.
        problem: String,
    },
    /// An input has no name from which an output's could be made.
    #[error("{place}: the name does not end in {suffix}: give the output with --output")]
    OutputName {
        /// The input.
        place: Place,
        /// `--suffix`.
        suffix: String,
    },
    /// An input is a directory.
    #[error("{}: is a directory (take what is in it with --recursive)", .path.display())]
    Directory {
        /// The input.
        path: PathBuf,
    },
    /// Nothing to do.
    #[error("nothing to do: {skipped} looked at, none of a known format")]
    NothingFound {
        /// Files that were looked at.
        skipped: Counted,
    },
    /// A file cannot be kept bit by bit.
    #[error("{place}: not compressed: --exact-file=require: {reason}")]
    ExactFile {
        /// The input.
        place: Place,
        /// Why.
        reason: String,
    },
    /// `--rm` would lose metadata.
    #[error(
        "{place}: not removed: --rm would lose {chunks}, which {keeper} does not keep (do it with --force)"
    )]
    MetadataLoss {
        /// The input.
        place: Place,
        /// Names of the chunks.
        chunks: String,
        /// The kind of file that does not keep them.
        keeper: &'static str,
    },
    /// An image file cannot be read.
    #[error("{place}: {source}")]
    Source {
        /// The input.
        place: Place,
        /// What is wrong with it.
        source: SourceError,
    },
    /// An image file cannot be made.
    #[error("{place}: {source}")]
    Target {
        /// The output.
        place: Place,
        /// What is wrong.
        source: TargetError,
    },
    /// Compression or decompression failed.
    #[error("{place}: {source}")]
    Codec {
        /// The input.
        place: Place,
        /// The runtime's error.
        source: Box<pxc_runtime::Error>,
    },
    /// A model or a backend could not be set up.
    #[error("{source}")]
    Setup {
        /// The runtime's error.
        source: Box<pxc_runtime::Error>,
    },
    /// The description of a PNG file does not lead to its bytes.
    #[error(
        "{place}: the PNG file cannot be rebuilt: {source} (its pixels can be had with --format or --partial)"
    )]
    Rebuild {
        /// The input.
        place: Place,
        /// What is wrong.
        source: RebuildError,
    },
    /// Only a part of a file could be decoded; it was written.
    #[error("{place}: {damaged} of {groups} groups are damaged; the rest was written")]
    Partial {
        /// The input.
        place: Place,
        /// Damaged groups.
        damaged: usize,
        /// Groups of the file.
        groups: usize,
    },
    /// `--verify` found other pixels. This is a fault of the program or of the machine.
    #[error(
        "{place}: verification failed: the decoded pixels are not those of the image; nothing was written"
    )]
    Verification {
        /// The input.
        place: Place,
    },
}

impl Error {
    /// The exit code that `pxc --help` promises.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Error::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => {
                ExitCode::Done
            }
            Error::Source { source, .. } if source.is_bad_data() => ExitCode::BadData,
            Error::Partial { .. } => ExitCode::BadData,
            Error::Rebuild { source, .. } if source.is_bad_data() => ExitCode::BadData,
            Error::Codec { source, .. } if is_bad_data(source) => ExitCode::BadData,
            _ => ExitCode::Other,
        }
    }
}

/// A bad model is not bad data.
fn is_bad_data(error: &pxc_runtime::Error) -> bool {
    error.kind() == pxc_runtime::ErrorKind::BadData
        && matches!(error, pxc_runtime::Error::Codec { .. })
}

impl From<pxc_runtime::Error> for Error {
    /// For errors that concern no input.
    fn from(source: pxc_runtime::Error) -> Error {
        Error::Setup {
            source: Box::new(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_error(kind: io::ErrorKind) -> Error {
        Error::Write {
            place: Place::Standard,
            source: kind.into(),
        }
    }

    #[test]
    fn a_closed_pipe_is_success_and_a_full_disk_is_not() {
        assert_eq!(
            write_error(io::ErrorKind::BrokenPipe).exit_code(),
            ExitCode::Done
        );
        assert_eq!(
            write_error(io::ErrorKind::StorageFull).exit_code(),
            ExitCode::Other
        );
    }
}
