//! The `pxc` command: arguments → one of the commands below → exit code.
//!
//! Data goes to the standard output, words to the standard error. Exit codes: see `pxc --help`.

mod arguments;
mod error;
mod files;
mod png_reader;
mod png_writer;
mod atomic_output;
mod console;
mod coding;
mod compress;
mod decompress;
mod info;
mod test;
mod models;

use std::path::PathBuf;

use clap::Parser;

use arguments::{Arguments, Command};
use error::{Error, ExitCode, Place};

fn main() {
    let arguments = Arguments::parse();
    atomic_output::remove_unfinished_on_interruption();
    let exit_code = match &arguments.command {
        Command::Compress(arguments) => compress::run(arguments),
        Command::Decompress(arguments) => decompress::run(arguments),
        Command::Info(arguments) => info::run(arguments),
        Command::Test(arguments) => test::run(arguments),
        Command::Models(arguments) => models::run(arguments),
    };
    std::process::exit(exit_code.unwrap_or_else(|error| report(&error)) as i32);
}

/// Says what went wrong, unless nothing did.
fn report(error: &Error) -> ExitCode {
    let exit_code = error.exit_code();
    if exit_code != ExitCode::Done {
        console::say(error);
    }
    exit_code
}

/// Handles every input, reports every failure, and returns the highest exit code.
fn each_input(inputs: &[PathBuf], mut handle: impl FnMut(&Place) -> Result<(), Error>) -> ExitCode {
    let exit_codes = inputs.iter().map(|input| match handle(&Place::new(input)) {
        Ok(()) => ExitCode::Done,
        Err(error) => report(&error),
    });
    exit_codes.max().unwrap_or(ExitCode::Done)
}
