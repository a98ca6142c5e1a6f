//! The inputs of a command: files as given, and with `--recursive` the files below directories that the command can use.
//!
//! In: the paths of the command line. Out: a list of [`Job`]s.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use pxc_runtime::{Limits, SIGNATURE};
use walkdir::WalkDir;

use crate::arguments::{ImageInputArguments, InputArguments};
use crate::console::Counted;
use crate::error::{Error, Place};
use crate::files;
use crate::formats::Source;
use crate::picture::{Picture, read_picture};

/// Bytes from which a file's kind is known.
const HEAD: u64 = 32;

/// One file to handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    /// The file.
    pub(crate) input: Place,
    /// Its path below the output directory.
    pub(crate) relative: PathBuf,
    /// Its size, for the progress bar; at least 1.
    pub(crate) bytes: u64,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// In the order of the command line, directories by name.
    pub(crate) jobs: Vec<Job>,
    /// Files in directories that the command does not use.
    pub(crate) skipped: usize,
}

impl Job {
    /// Reads the file as an image; returns its bytes, too.
    pub(crate) fn picture(
        &self,
        allow_lossy: bool,
        limits: &Limits,
    ) -> Result<(Picture, Vec<u8>), Error> {
        let bytes = files::read(&self.input)?;
        match read_picture(&bytes, allow_lossy, limits) {
            Ok(picture) => Ok((picture, bytes)),
            Err(source) => Err(Error::Source {
                place: self.input.clone(),
                source,
            }),
        }
    }
}

impl Jobs {
    /// Lists .pxc files.
    pub(crate) fn coded(arguments: &InputArguments) -> Result<Jobs, Error> {
        Jobs::find(&arguments.inputs, arguments.recursive, |head| {
            head.starts_with(&SIGNATURE)
        })
    }

    /// Lists images, in directories those that are lossless, unless lossy ones are allowed.
    pub(crate) fn pictures(
        arguments: &ImageInputArguments,
        allow_lossy: bool,
    ) -> Result<Jobs, Error> {
        Jobs::find(&arguments.inputs, arguments.recursive, |head| {
            let source = Source::detect(head);
            source.is_some_and(|source| allow_lossy || !source.is_lossy(head))
        })
    }

    /// Lists the files. `wanted` judges the first bytes of a file in a directory.
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
            match Place::new(input) {
                Place::File(path) if path.is_dir() && recursive => found.walk(&path, &wanted)?,
                Place::File(path) if path.is_dir() => return Err(Error::Directory { path }),
                place => found.jobs.push(Job {
                    relative: input.file_name().map(PathBuf::from).unwrap_or_default(),
                    bytes: size(input),
                    input: place,
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
                input: Place::File(path),
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
            place: Place::File(path.to_owned()),
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
        place: Place::File(path),
        source: error.into(),
    }
}
