//! The exit codes, as `--help` and the manual page explain them.

/// For `pxc` as a whole.
pub(crate) const ALL_COMMANDS: &str = "\
Exit codes:
  0  success (a closed pipe counts as success)
  1  bad data: a damaged file, not an image that pxc reads, or (for `pxc models`) not a model that
     pxc may run
  2  any other failure: usage, missing or refused model or backend, unsupported image, an image or
     a file beyond the limits, too little memory, failed input or output (with standard output
     closed, too)
  130  interrupted by a signal; unfinished outputs are removed

With several inputs, pxc returns the highest.";

/// For commands that stop at the first failure.
pub(crate) const STOPS_AT_FAILURE: &str = "\
pxc stops at the first failure unless --keep-going is given. Files that --recursive skips are not
failures. `pxc --help` explains the exit codes.";

/// For commands that process every file.
pub(crate) const PROCESSES_ALL: &str = "\
pxc processes every file and returns the highest exit code. Files that --recursive skips are not
failures. `pxc --help` explains the exit codes.";

/// For commands that read models.
pub(crate) const MODEL_COMMANDS: &str = "\
pxc processes every file and returns the highest exit code. `pxc --help` explains the exit codes.";
