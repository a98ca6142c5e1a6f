//! Messages on standard error, above the progress bar; results on standard output.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;
use serde_json::{Value, json};

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

/// Reports the failure of an input, with `is_json` also as a line of JSON, and returns its exit code.
pub(crate) fn report_failure(input: &Location, error: &Error, is_json: bool) -> ExitCode {
    report(error).max(print_failure(input, error, is_json))
}

/// With `is_json`, prints a line of JSON about the failure of an input, unless standard output itself has failed.
/// Returns the exit code of that.
pub(crate) fn print_failure(input: &Location, error: &Error, is_json: bool) -> ExitCode {
    let location = Location::Standard;
    let is_json = is_json && !matches!(error, Error::Write { location: of, .. } if *of == location);
    let line = json!({"status": "failed", "error": error.reason(input)});
    print_line(input, line, is_json)
}

/// With `is_json`, prints a line of JSON about an input. Returns the exit code of that.
pub(crate) fn print_line(input: &Location, mut line: Value, is_json: bool) -> ExitCode {
    if !is_json {
        return ExitCode::Done;
    }
    input.name_in(&mut line, "file");
    match print(format!("{line}\n")) {
        Ok(()) => ExitCode::Done,
        Err(error) => report(&error),
    }
}
