//! `pxc models`: lists the models, checks model files, and adds them to the models directory.

mod list;
mod description;
mod check;
mod add;

use std::path::PathBuf;

use crate::arguments::inspect::{ModelsAction, ModelsArguments};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::location::Location;
use crate::terminal::console::report;

/// Runs `pxc models`.
pub(crate) fn run(arguments: &ModelsArguments) -> Result<ExitCode, Error> {
    let json = arguments.json;
    match &arguments.action {
        None => list::list(json),
        Some(ModelsAction::Check { files }) => Ok(each(files, |file| check::check(file, json))),
        Some(ModelsAction::Add { files }) => Ok(each(files, |file| add::add(file, json))),
    }
}

/// Acts on each file, also after a failure; returns the highest exit code.
fn each(files: &[PathBuf], act: impl Fn(&Location) -> Result<(), Error>) -> ExitCode {
    let exit_codes = files.iter().map(|file| match act(&Location::new(file)) {
        Ok(()) => ExitCode::Done,
        Err(error) => report(&error),
    });
    exit_codes.max().unwrap_or(ExitCode::Done)
}
