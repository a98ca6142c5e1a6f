//! The inputs of a command: the files it names and, with `--recursive`, the suitable files in the directories it names.
//!
//! In: the paths of the command line. Out: a list of [`Job`]s, what was skipped, and what cannot be read.

use std::path::{Path, PathBuf};

use crate::arguments::files::{ImageInputArguments, InputArguments};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::location::Location;
use crate::files::walk::{Entry, Skipped, Wanted, walk};
use crate::terminal::console::report;
use crate::terminal::figures::Counted;

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    /// The file.
    pub(crate) input: Location,
    /// Its path below the output directory.
    pub(crate) relative: PathBuf,
    /// Its size, for the progress bar; at least 1.
    pub(crate) bytes: u64,
}

/// The inputs of a command.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// In the order of the command line, and by name in directories.
    pub(crate) jobs: Vec<Job>,
    /// Files in directories that the command cannot use.
    pub(crate) skipped: Vec<Skipped>,
    /// Entries of directories that cannot be read, and why.
    pub(crate) unreadable: Vec<(Location, Error)>,
}

impl Jobs {
    /// Lists .pxc files.
    pub(crate) fn coded(arguments: &InputArguments) -> Result<Jobs, Error> {
        Jobs::find(&arguments.inputs, arguments.recursive, Wanted::Coded)
    }

    /// Lists images. Skips lossy ones in directories unless `allow_lossy` is set, or they are JPEG files and `allow_jpeg` is.
    pub(crate) fn pictures(
        arguments: &ImageInputArguments,
        allow_lossy: bool,
        allow_jpeg: bool,
    ) -> Result<Jobs, Error> {
        let wanted = Wanted::Pictures {
            allow_lossy,
            allow_jpeg,
        };
        Jobs::find(&arguments.inputs, arguments.recursive, wanted)
    }

    fn find(inputs: &[PathBuf], recursive: bool, wanted: Wanted) -> Result<Jobs, Error> {
        if inputs.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
            return Err(Error::Usage {
                problem: "standard input can be read only once".into(),
            });
        }
        let mut found = Jobs::default();
        for input in inputs {
            match Location::new(input) {
                Location::File(path) if path.is_dir() && recursive => found.walk(&path, wanted),
                Location::File(path) if path.is_dir() => return Err(Error::Directory { path }),
                location => found.jobs.push(Job {
                    relative: input.file_name().map(PathBuf::from).unwrap_or_default(),
                    bytes: size(input),
                    input: location,
                }),
            }
        }
        Ok(found)
    }

    fn walk(&mut self, root: &Path, wanted: Wanted) {
        for entry in walk(root, wanted) {
            match entry {
                Entry::File(path) => self.jobs.push(Job {
                    relative: path.strip_prefix(root).unwrap_or(&path).to_owned(),
                    bytes: size(&path),
                    input: Location::File(path),
                }),
                Entry::Skipped(skipped) => self.skipped.push(skipped),
                Entry::Unreadable(path, source) => {
                    let location = Location::File(path);
                    let error = Error::Read {
                        location: location.clone(),
                        source,
                    };
                    self.unreadable.push((location, error));
                }
            }
        }
    }

    /// Fails if there is nothing to do.
    pub(crate) fn check_found(&self) -> Result<(), Error> {
        match self.jobs.is_empty() && self.unreadable.is_empty() {
            false => Ok(()),
            true => Err(Error::NothingFound {
                skipped: Counted(self.skipped.len(), "file"),
            }),
        }
    }

    /// Reports what cannot be read, for commands that process every file one after the other.
    pub(crate) fn report_unreadable(&self) -> ExitCode {
        let codes = self.unreadable.iter().map(|(_, error)| report(error));
        codes.max().unwrap_or(ExitCode::Done)
    }
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(1, |metadata| metadata.len().max(1))
}
