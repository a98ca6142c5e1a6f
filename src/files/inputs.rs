//! The inputs of a command: the files it names and, with `--recursive`, the suitable files in the directories it names.
//!
//! In: the paths of the command line. Out: a list of [`Job`]s.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use pxc_picture::InputFormat;
use pxc_runtime::SIGNATURE;
use walkdir::WalkDir;

use crate::arguments::files::{ImageInputArguments, InputArguments};
use crate::error::Error;
use crate::files::location::Location;
use crate::terminal::figures::Counted;

/// Bytes that tell a file's format.
const HEAD: u64 = 32;

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
    /// Number of files in directories that do not suit the command.
    pub(crate) skipped: usize,
}

impl Jobs {
    /// Lists .pxc files.
    pub(crate) fn coded(arguments: &InputArguments) -> Result<Jobs, Error> {
        Jobs::find(&arguments.inputs, arguments.recursive, |head| {
            head.starts_with(&SIGNATURE)
        })
    }

    /// Lists images. Skips lossy ones in directories unless `allow_lossy` is set.
    pub(crate) fn pictures(
        arguments: &ImageInputArguments,
        allow_lossy: bool,
    ) -> Result<Jobs, Error> {
        Jobs::find(&arguments.inputs, arguments.recursive, |head| {
            let format = InputFormat::detect(head);
            format.is_some_and(|format| allow_lossy || !format.is_lossy(head))
        })
    }

    /// Lists the files. `wanted` looks at the first bytes of each file in a directory.
    fn find(
        inputs: &[PathBuf],
        recursive: bool,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Jobs, Error> {
        if inputs.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
            return Err(Error::Usage {
                problem: "the standard input can be read only once".into(),
            });
        }
        let mut found = Jobs::default();
        for input in inputs {
            match Location::new(input) {
                Location::File(path) if path.is_dir() && recursive => found.walk(&path, &wanted)?,
                Location::File(path) if path.is_dir() => return Err(Error::Directory { path }),
                location => found.jobs.push(Job {
                    relative: input.file_name().map(PathBuf::from).unwrap_or_default(),
                    bytes: size(input),
                    input: location,
                }),
            }
        }
        if found.jobs.is_empty() {
            return Err(Error::NothingFound {
                skipped: Counted(found.skipped, "file"),
            });
        }
        Ok(found)
    }

    fn walk(&mut self, root: &Path, wanted: &impl Fn(&[u8]) -> bool) -> Result<(), Error> {
        for entry in WalkDir::new(root).sort_by_file_name() {
            let entry = entry.map_err(|error| unreadable(root, error))?;
            if !entry.file_type().is_file() {
                continue;
            }
            let path = entry.into_path();
            if !wanted(&head(&path)?) {
                self.skipped += 1;
                continue;
            }
            self.jobs.push(Job {
                relative: path.strip_prefix(root).unwrap_or(&path).to_owned(),
                bytes: size(&path),
                input: Location::File(path),
            });
        }
        Ok(())
    }
}

fn head(path: &Path) -> Result<Vec<u8>, Error> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(HEAD).read_to_end(&mut head))
        .map_err(|source| Error::Read {
            location: Location::File(path.to_owned()),
            source,
        })?;
    Ok(head)
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(1, |metadata| metadata.len().max(1))
}

fn unreadable(root: &Path, error: walkdir::Error) -> Error {
    let path = error.path().unwrap_or(root).to_owned();
    Error::Read {
        location: Location::File(path),
        source: error.into(),
    }
}
