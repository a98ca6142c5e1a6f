//! `pxc IN OUT`, as users of cjxl and djxl type it.

use std::ffi::OsString;
use std::path::Path;

use clap::CommandFactory;

use crate::arguments::command_line::Arguments;

/// Inserts the command where there are just an existing input and an output, one of them a .pxc file.
pub(crate) fn expanded(words: Vec<OsString>) -> Vec<OsString> {
    let [program, input, output] = words.as_slice() else {
        return words;
    };
    let is_coded = |name: &OsString| Path::new(name).extension().is_some_and(|end| end == "pxc");
    let command = match (is_coded(input), is_coded(output)) {
        (false, true) => "compress",
        (true, false) => "decompress",
        _ => return words,
    };
    let is_command = Arguments::command().find_subcommand(input).is_some();
    let is_option = |name: &OsString| name.as_encoded_bytes().starts_with(b"-") && name != "-";
    if is_command || is_option(input) || is_option(output) || !Path::new(input).exists() {
        return words;
    }
    let (input, output) = (input.clone(), output.clone());
    vec![program.clone(), command.into(), input, "-o".into(), output]
}
