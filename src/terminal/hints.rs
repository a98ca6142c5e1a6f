//! Suggests what users may have meant who type the options of other compressors.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::Path;
use std::process;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::location::Location;
use crate::terminal::console::report;
use crate::terminal::escaping::Escaped;
use crate::terminal::standard_output;

/// Prints a usage error, or the help or version that was asked for, and exits.
pub(crate) fn exit(mut error: clap::Error) -> ! {
    if !error.use_stderr() {
        let printed = standard_output::check()
            .and_then(|()| error.print())
            .and_then(|()| stdout().flush());
        let exit_code = printed.map_or_else(
            |source| {
                report(&Error::Write {
                    location: Location::Standard,
                    source,
                })
            },
            |()| ExitCode::Done,
        );
        process::exit(exit_code as i32);
    }
    remove_far_fetched(&mut error);
    if let Some(hint) = hint(&error) {
        error.remove(ContextKind::Suggested);
        let tip = ContextValue::StyledStrs(vec![hint.into()]);
        error.insert(ContextKind::Suggested, tip);
    }
    let text = error.render();
    let plain = text.to_string();
    let is_harmful = plain.lines().any(|line| Escaped(line).to_string() != line);
    if is_harmful || !stderr().is_terminal() {
        plain.lines().for_each(|line| write(Escaped(line)));
    } else {
        write(text.ansi().to_string().trim_end());
    }
    process::exit(ExitCode::Other as i32)
}

/// Ignores a closed pipe.
fn write(line: impl Display) {
    drop(writeln!(stderr().lock(), "{line}"));
}

/// Removes suggestions of one letter, which resemble everything.
fn remove_far_fetched(error: &mut clap::Error) {
    let kind = ContextKind::SuggestedSubcommand;
    let found = error.remove(kind);
    if let Some(ContextValue::Strings(mut names)) = found {
        names.retain(|name| name.len() > 1);
        if !names.is_empty() {
            error.insert(kind, ContextValue::Strings(names));
        }
    }
}

/// Suggests what to type instead.
fn hint(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let usage = error.get(ContextKind::Usage).map(ToString::to_string);
            let is_test = usage.is_some_and(|usage| usage.contains("pxc test"));
            option_hint(text(ContextKind::InvalidArg)?, is_test)
        }
        ErrorKind::MissingRequiredArgument => input_hint(error.get(ContextKind::InvalidArg)?),
        ErrorKind::InvalidSubcommand => command_hint(text(ContextKind::InvalidSubcommand)?),
        _ => None,
    }
}

/// The hint for commands that other programs run without a name.
fn input_hint(missing: &ContextValue) -> Option<String> {
    let is_input = missing.to_string().contains("<IN>");
    is_input.then(|| "to read standard input, use `-`".into())
}

/// The hint for the options of zstd, gzip, cjxl and similar programs.
fn option_hint(option: &str, is_test: bool) -> Option<String> {
    let name = option.split('=').next().unwrap_or_default();
    let hint = match name.trim_start_matches('-') {
        "d" | "decompress" | "uncompress" => "to decompress, use `pxc decompress`",
        "z" | "compress" => "to compress, use `pxc compress`",
        "t" | "test" => "to test .pxc files, use `pxc test`",
        "l" | "list" => "to list .pxc files, use `pxc list`",
        "c" | "stdout" | "to-stdout" => "to write to standard output, use `-o -`",
        "k" | "keep-going" if is_test => "`pxc test` always goes on after a failure",
        "k" | "keep" => "pxc keeps its inputs unless --rm is given",
        "e" | "fast" | "best" | "ultra" => LEVELS,
        "lossless" | "distance" | "quality" => "pxc is always lossless",
        digits if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => LEVELS,
        _ => return None,
    };
    Some(hint.into())
}

const LEVELS: &str = "use `pxc compress` with -1 to -9, or with --effort fast, default or max";

/// The hint for a file where a command is expected.
fn command_hint(word: &str) -> Option<String> {
    let path = Path::new(word);
    let command = match path.extension() {
        Some(extension) if extension == "pxc" => "decompress",
        _ if path.exists() => "compress",
        _ => return None,
    };
    Some(format!(
        "to {command} this file, use `pxc {command} {word}`"
    ))
}
