//! Where an input comes from or an output goes: a file, or a standard stream.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::terminal::escaping::Escaped;

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

    /// The name for programs: without escapes. What is not Unicode is replaced.
    pub(crate) fn name(&self) -> String {
        match self {
            Location::Standard => "-".into(),
            Location::File(path) => path.to_string_lossy().into_owned(),
        }
    }
}

/// The name for people.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Standard => f.write_str("-"),
            Location::File(path) => write!(f, "{}", Escaped(path.display())),
        }
    }
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
