//! One file or folder per command: arguments → exit code.

mod preparation;
mod verification;
mod compress;
mod decompress;
mod thumbnail;
mod decoding;
mod info;
mod list;
mod test;
mod bench;
mod models;
mod shell;

use crate::arguments::command_line::Command;
use crate::coding::rebuild::child;
use crate::error::Error;
use crate::exit_code::ExitCode;

/// Runs a command.
pub(crate) fn run(command: &Command) -> Result<ExitCode, Error> {
    match command {
        Command::Compress(arguments) => compress::run(arguments),
        Command::Decompress(arguments) => decompress::run(arguments),
        Command::Thumbnail(arguments) => thumbnail::run(arguments),
        Command::Info(arguments) => info::run(arguments),
        Command::List(arguments) => list::run(arguments),
        Command::Test(arguments) => test::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Models(arguments) => models::run(arguments),
        Command::Completions(arguments) => shell::completions(arguments),
        Command::Man => shell::man(),
        Command::RemakeDeflate(allowance) => child::run(allowance),
    }
}
