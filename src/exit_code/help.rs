//! The exit codes, as `--help` and the manual page explain them.

/// Joins the exit codes, with what 1 and 2 mean, and more lines.
macro_rules! exit_codes {
    ($bad_data:literal, $other:literal $(, $more:literal)?) => {
        concat!(
            "\
Exit codes:
  0  success (a closed pipe counts as success)
  1  bad data: ", $bad_data, "
  2  any other failure: ", $other, "
  130  interrupted by a signal; unfinished outputs are removed",
            $("\n\n", $more)?
        )
    };
}

/// Joins the exit codes of commands for images, and more lines.
macro_rules! image_exit_codes {
    ($($more:literal)?) => {
        exit_codes!(
            "a damaged file, or not an image that pxc reads",
            "usage, missing model or backend, unsupported image, an image or a file
     beyond the limits, too little memory, failed input or output
     (with standard output closed, too)"
            $(, $more)?
        )
    };
}

/// For `pxc` as a whole.
pub(crate) const ALL_COMMANDS: &str = image_exit_codes!();

/// For commands that read models.
pub(crate) const MODEL_COMMANDS: &str = exit_codes!(
    "a damaged file, or not a model that pxc may run",
    "usage, a name that another model has, failed input or output",
    "\
pxc processes every file and returns the highest exit code."
);

/// For commands that stop at the first failure.
pub(crate) const STOPS_AT_FAILURE: &str = image_exit_codes!(
    "\
pxc stops at the first failure unless --keep-going is given. With several inputs it returns the
highest exit code. Files that --recursive skips are not failures."
);

/// For commands that process every file.
pub(crate) const PROCESSES_ALL: &str = image_exit_codes!(
    "\
pxc processes every file and returns the highest exit code. Files that --recursive skips are not failures."
);
