//! The exit codes of the command.

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
