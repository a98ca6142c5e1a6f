//! `pxc completions` and `pxc man`: what shells and `man` want to know about the command line.

use clap::CommandFactory;
use clap_complete::generate;
use clap_mangen::Man;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::console::print;
use crate::error::{Error, ExitCode, Place};

/// Prints a completion script.
pub(crate) fn completions(arguments: &CompletionsArguments) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    generate(
        arguments.shell,
        &mut Arguments::command(),
        "pxc",
        &mut script,
    );
    print(&script)?;
    Ok(ExitCode::Done)
}

/// Prints the manual page, the commands' pages one after the other.
pub(crate) fn man() -> Result<ExitCode, Error> {
    let failed = |source| Error::Write {
        place: Place::Standard,
        source,
    };
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let commands = command.get_subcommands();
    let commands = commands.filter(|command| command.get_name() != "help");
    for command in std::iter::once(&command).chain(commands) {
        Man::new(command.clone())
            .render(&mut page)
            .map_err(failed)?;
    }
    print(&page)?;
    Ok(ExitCode::Done)
}
