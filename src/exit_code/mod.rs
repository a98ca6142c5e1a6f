//! An error in, the exit code of the command out.

pub(crate) mod help;

use std::io;

use pxc_runtime::ErrorKind;

use crate::error::Error;

/// Exit codes, as `pxc --help` states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitCode {
    /// Done.
    Done = 0,
    /// An input is damaged, or not what it should be.
    BadData = 1,
    /// Anything else.
    Other = 2,
}

impl ExitCode {
    /// The exit code that follows from an error.
    pub(crate) fn of(error: &Error) -> ExitCode {
        match error {
            Error::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => {
                ExitCode::Done
            }
            _ if kind(error) == ErrorKind::BadData => ExitCode::BadData,
            _ => ExitCode::Other,
        }
    }
}

/// The kind of an error.
fn kind(error: &Error) -> ErrorKind {
    match error {
        Error::Exists { .. }
        | Error::Stale { .. }
        | Error::NotHeld { .. }
        | Error::NoFile { .. }
        | Error::Terminal { .. }
        | Error::Unnamed { .. }
        | Error::SameFile { .. }
        | Error::SharedOutput { .. }
        | Error::OutputFormat { .. }
        | Error::CodedName { .. }
        | Error::Link { .. }
        | Error::Usage { .. }
        | Error::OutputName { .. }
        | Error::Directory { .. }
        | Error::ModelName { .. }
        | Error::Loss { .. }
        | Error::ImageLoss { .. }
        | Error::StrippedJpeg { .. } => ErrorKind::Argument,
        Error::Partial { .. }
        | Error::NothingIntact { .. }
        | Error::Surplus { .. }
        | Error::Length { .. }
        | Error::PixelsOnly { .. }
        | Error::DamagedJpeg { .. }
        | Error::Coded { .. }
        | Error::Empty { .. }
        | Error::NotCoded { .. } => ErrorKind::BadData,
        Error::UnsupportedFormat { .. } | Error::ExactFile { .. } | Error::ModelNotUsed { .. } => {
            ErrorKind::Unsupported
        }
        Error::NotAModel { source } => source.kind(),
        Error::Time { .. } => ErrorKind::Limit,
        Error::Verification { .. } => ErrorKind::Backend,
        Error::Read { .. }
        | Error::Write { .. }
        | Error::Remove { .. }
        | Error::Unremovable { .. }
        | Error::Changed { .. }
        | Error::OutputGone { .. } => ErrorKind::Io,
        Error::Picture { source, .. } => source.kind(),
        Error::Rebuild { source, .. } => source.kind(),
        Error::Codec { source, .. } | Error::Setup { source } => match **source {
            // The image's data may be intact.
            pxc_runtime::Error::Model { .. } => ErrorKind::Backend,
            _ => source.kind(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::location::Location;

    fn write_error(kind: io::ErrorKind) -> Error {
        Error::Write {
            location: Location::Standard,
            source: kind.into(),
        }
    }

    #[test]
    fn a_closed_pipe_is_success_and_a_full_disk_is_not() {
        let exit_code = |kind| ExitCode::of(&write_error(kind));
        assert_eq!(exit_code(io::ErrorKind::BrokenPipe), ExitCode::Done);
        assert_eq!(exit_code(io::ErrorKind::StorageFull), ExitCode::Other);
    }

    #[test]
    fn a_damaged_model_is_not_bad_data() {
        let refused = pxc_runtime::Model::from_bytes("mine", b"no model");
        let error = Error::from(refused.expect_err("no model"));
        assert_eq!(ExitCode::of(&error), ExitCode::Other);
    }
}
