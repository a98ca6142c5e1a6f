//! The `pxc` command: arguments → a command → the exit code.
//!
//! Data goes to standard output, messages go to standard error. Exit codes: see `pxc --help`.

mod available;
mod arguments;
mod files;
mod terminal;
mod coding;
mod commands;

mod error;
mod exit_code;
mod allocator;

use std::env;

use arguments::command_line::{Command, read};

fn main() {
    let arguments = read(env::args_os().collect(), terminal::version::details);
    let arguments = arguments.unwrap_or_else(|error| terminal::hints::exit(error));
    if !matches!(arguments.command, Command::RemakeDeflate(_)) {
        files::unfinished::fail_on_long_files();
        files::unfinished::remove_on_interruption();
        allocator::exit_without_memory();
    }
    let exit_code = commands::run(&arguments.command);
    let exit_code = exit_code.unwrap_or_else(|error| terminal::console::report(&error));
    std::process::exit(exit_code as i32);
}
