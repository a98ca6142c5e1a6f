//! `pxc completions` and `pxc man`: the command line, for shells and for `man`.

use std::io;

use clap::{Command, CommandFactory};
use clap_complete::generate;
use clap_mangen::Man;

use crate::arguments::command_line::Arguments;
use crate::arguments::inspect::CompletionsArguments;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::location::Location;
use crate::terminal::console::print;

/// Prints a completion script.
pub(crate) fn completions(arguments: &CompletionsArguments) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut visible_commands(), "pxc", &mut script);
    print(&script)?;
    Ok(ExitCode::Done)
}

/// Prints the manual page: the pages of all commands, one after the other.
pub(crate) fn man() -> Result<ExitCode, Error> {
    let failed = |source| Error::Write {
        location: Location::Standard,
        source,
    };
    // Pages of `help` would say nothing.
    let mut command = visible_commands()
        .disable_help_subcommand(true)
        .mut_subcommands(|command| command.disable_help_subcommand(true));
    command.build();
    let mut page = Vec::new();
    render(&command, &mut page).map_err(failed)?;
    // Manual pages call this section so.
    let page = String::from_utf8_lossy(&page).replace(".SH EXTRA", ".SH \"EXIT STATUS\"");
    print(&page)?;
    Ok(ExitCode::Done)
}

/// Adds the pages of a command and of those below it.
fn render(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    Man::new(command.clone()).render(page)?;
    let mut below = command.get_subcommands();
    below.try_for_each(|command| render(command, page))
}

/// The command line without hidden commands.
fn visible_commands() -> Command {
    let all = Arguments::command();
    let visible = all
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    Command::new("pxc")
        .version(env!("CARGO_PKG_VERSION"))
        .about(all.get_about().cloned().unwrap_or_default())
        .after_help(all.get_after_help().cloned().unwrap_or_default())
        .subcommand_required(true)
        .subcommands(visible.cloned())
}
