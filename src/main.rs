//! The `pxc` command: arguments → one of the commands below → exit code.
//!
//! Data goes to the standard output, words to the standard error. Exit codes: see `pxc --help`.

mod arguments;
mod region;
mod error;
mod inputs;
mod files;
mod formats;
mod picture;
mod png_reader;
mod raster_reader;
mod tiff_fields;
mod gif_reader;
mod pnm;
mod guarded;
mod limits;
mod metadata;
mod exact_file;
mod deflate_stream;
mod deflate_process;
mod png_rows;
mod png_writer;
mod picture_writer;
mod atomic_output;
mod console;
mod progress;
mod batch;
mod coding;
mod compress;
mod decompress;
mod damage;
mod info;
mod test;
mod bench;
mod bench_tools;
mod models;
mod shell;

use clap::Parser;

use arguments::{Arguments, Command};
use error::{Error, ExitCode};

fn main() {
    let arguments = Arguments::parse();
    if !matches!(arguments.command, Command::RemakeDeflate(_)) {
        atomic_output::remove_unfinished_on_interruption();
    }
    let exit_code = match &arguments.command {
        Command::Compress(arguments) => compress::run(arguments),
        Command::Decompress(arguments) => decompress::run(arguments),
        Command::Thumbnail(arguments) => decompress::run_thumbnail(arguments),
        Command::Info(arguments) => info::run(arguments),
        Command::Test(arguments) => test::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Models(arguments) => models::run(arguments),
        Command::Completions(arguments) => shell::completions(arguments),
        Command::Man => shell::man(),
        Command::RemakeDeflate(allowance) => deflate_process::run(allowance),
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
