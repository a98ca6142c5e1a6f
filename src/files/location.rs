//! Where an input comes from or an output goes: a file, or a standard stream.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::terminal::escaping::Escaped;

/// Where systems show standard output among the files.
const STANDARD_OUTPUT: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// A file, or standard input or output.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Location {
    /// `-`: standard input or output.
    Standard,
    /// A file.
    File(PathBuf),
}

impl Location {
    /// `-` or a path, as given on the command line.
    pub(crate) fn new(path: &Path) -> Location {
        if path == Path::new("-") {
            Location::Standard
        } else {
            Location::File(path.to_owned())
        }
    }

    /// Like [`Location::new`], for an output: the system's names for standard output also mean standard output.
    pub(crate) fn of_output(path: &Path) -> Location {
        match STANDARD_OUTPUT.iter().any(|name| path == Path::new(name)) {
            true => Location::Standard,
            false => Location::new(path),
        }
    }

    /// Whether reading it takes away what is read: standard input, a pipe, a device.
    pub(crate) fn is_stream(&self) -> bool {
        match self {
            Location::Standard => true,
            Location::File(path) => path.metadata().is_ok_and(|found| !found.is_file()),
        }
    }

    /// Puts the name into a JSON object: without escapes, under `key`. Replaces what is not Unicode; `KEY_hex` then has
    /// the bytes of the name.
    pub(crate) fn name_in(&self, object: &mut Value, key: &str) {
        let path = match self {
            Location::Standard => Path::new("-"),
            Location::File(path) => path,
        };
        object[key] = path.to_string_lossy().into();
        if path.to_str().is_none() {
            let bytes = path.as_os_str().as_encoded_bytes().iter();
            let digits: String = bytes.map(|byte| format!("{byte:02x}")).collect();
            object[format!("{key}_hex")] = digits.into();
        }
    }
}

/// Displays the name for people.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Standard => f.write_str("-"),
            Location::File(path) => write!(f, "{}", Escaped(path.display())),
        }
    }
}

/// An input and its output.
#[derive(Clone, Copy)]
pub(crate) struct Paths<'a> {
    /// The input.
    pub(crate) input: &'a Location,
    /// The output.
    pub(crate) output: &'a Location,
}

/// The folder of a file.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Whether a path leads to a device or a pipe: such outputs are written to, not replaced.
pub(crate) fn is_special(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Whether a path leads to something that stores nothing: a pipe, a socket, a device other than a disk.
#[cfg(unix)]
pub(crate) fn is_stream(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    path.metadata().is_ok_and(|found| {
        let kind = found.file_type();
        kind.is_fifo() || kind.is_socket() || kind.is_char_device()
    })
}

/// Always false here: this system does not say whether a path leads to something that stores nothing.
#[cfg(not(unix))]
pub(crate) fn is_stream(_: &Path) -> bool {
    false
}
