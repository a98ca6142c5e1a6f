//! Messages on standard error, above the progress bar; results on standard output.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::location::Location;
use crate::terminal::escaping::Escaped;
use crate::terminal::standard_output;

static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Makes [`say`] print above a progress bar.
pub(crate) fn speak_above(bar: Option<ProgressBar>) {
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// Writes a line to standard error, without the control characters of names in it. Ignores a closed pipe.
pub(crate) fn say(line: impl Display) {
    let write = || drop(writeln!(io::stderr().lock(), "{}", Escaped(&line)));
    match &*BAR.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Writes the result of a command to standard output.
pub(crate) fn print(text: impl AsRef<[u8]>) -> Result<(), Error> {
    standard_output::write(text.as_ref()).map_err(|source| Error::Write {
        location: Location::Standard,
        source,
    })
}

/// Reports an error, unless a closed pipe caused it, and returns its exit code.
pub(crate) fn report(error: &Error) -> ExitCode {
    let exit_code = ExitCode::of(error);
    if exit_code != ExitCode::Done {
        say(error.message());
    }
    exit_code
}
