//! Writes outputs, each complete or not at all: the bytes go to a temporary file beside the target, which then takes
//! its name.
//!
//! [`begin`] fails before the work where the output cannot be written. [`Output::fill`] writes, [`Output::read_back`]
//! reads what is on the disk, [`Output::finish`] gives the name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::arguments::files::OutputArguments;
use crate::error::Error;
use crate::files::attributes::FileState;
use crate::files::location::{Location, folder, is_special};
use crate::files::unfinished::UnfinishedFile;
use crate::terminal::escaping::Escaped;
use crate::terminal::standard_output;

/// Fails if `target` is a folder, or exists or is a terminal and `--force` is not given.
pub(crate) fn check_target(target: &Location, options: &OutputArguments) -> Result<(), Error> {
    match target {
        Location::File(path) if path.is_dir() => Err(Error::Write {
            location: target.clone(),
            source: io::Error::new(
                io::ErrorKind::IsADirectory,
                "a folder has this name: name another output with --output or --out-dir",
            ),
        }),
        _ if options.force => Ok(()),
        Location::Standard if standard_output::is_terminal() => Err(Error::Terminal),
        Location::File(path) if path.symlink_metadata().is_ok() => {
            Err(Error::Exists { path: path.clone() })
        }
        _ => Ok(()),
    }
}

/// An output that is not complete.
pub(crate) struct Output<'a> {
    target: &'a Location,
    force: bool,
    /// `None` for a stream or a device, which is written at the end.
    file: Option<UnfinishedFile>,
    input: Option<&'a FileState>,
}

/// Prepares the output of an input, with the permissions of the input. Creates folders only below `--out-dir`.
pub(crate) fn begin<'a>(
    target: &'a Location,
    input: Option<&'a FileState>,
    options: &OutputArguments,
) -> Result<Output<'a>, Error> {
    let begun = match target {
        Location::File(path) if !is_special(path) => begin_file(path, input, options).map(Some),
        _ => Ok(None),
    };
    Ok(Output {
        target,
        force: options.force,
        file: begun.map_err(|source| failed(target, source))?,
        input,
    })
}

fn begin_file(
    path: &Path,
    input: Option<&FileState>,
    options: &OutputArguments,
) -> io::Result<UnfinishedFile> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let folder = folder(path);
    if options.out_dir.is_some() {
        fs::create_dir_all(folder)?;
    } else if !folder.exists() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!(
                "the folder {} does not exist: create it, or use --out-dir",
                Escaped(folder.display())
            ),
        ));
    }
    let mut unfinished_file = UnfinishedFile::beside(path, input)?;
    if let Some(input) = input {
        // A file system without permissions refuses them. The file is then the owner's alone.
        let _ = input.give_permissions(unfinished_file.file());
    }
    Ok(unfinished_file)
}

impl Output<'_> {
    /// Writes the bytes of a file and the time of its input, to the disk. Does nothing for a stream or a device.
    pub(crate) fn fill(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (target, input) = (self.target, self.input);
        self.file.as_mut().map_or(Ok(()), |unfinished_file| {
            fill(unfinished_file.file(), bytes, input).map_err(|source| failed(target, source))
        })
    }

    /// What is on the disk; `None` for a stream or a device.
    pub(crate) fn read_back(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let Some(unfinished_file) = &mut self.file else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let file = unfinished_file.file();
        let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
        match read {
            Ok(_) => Ok(Some(bytes)),
            Err(source) => Err(failed(self.target, source)),
        }
    }

    /// Gives the file its name, on the disk. Writes `bytes` to a stream or a device.
    pub(crate) fn finish(self, bytes: &[u8]) -> Result<(), Error> {
        let written = match (self.target, self.file) {
            (Location::Standard, _) => standard_output::write(bytes),
            (Location::File(path), None) => write_special(path, bytes),
            (Location::File(path), Some(unfinished_file)) => unfinished_file
                .finish(path, self.force)
                .and_then(|()| sync_folder(folder(path))),
        };
        written.map_err(|source| failed(self.target, source))
    }
}

fn fill(file: &mut File, bytes: &[u8], input: Option<&FileState>) -> io::Result<()> {
    file.write_all(bytes)?;
    if let Some(input) = input {
        // As for permissions.
        let _ = input.give_times(file);
    }
    file.sync_all()
}

fn failed(target: &Location, source: io::Error) -> Error {
    match (target, source.kind()) {
        (Location::File(path), io::ErrorKind::AlreadyExists) => {
            Error::Exists { path: path.clone() }
        }
        _ => Error::Write {
            location: target.clone(),
            source,
        },
    }
}

fn write_special(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(bytes)
}

/// Makes an output last that an earlier run wrote.
pub(crate) fn settle(target: &Path) -> Result<(), Error> {
    let synced = File::open(target).and_then(|file| file.sync_all());
    let synced = synced.and_then(|()| sync_folder(folder(target)));
    synced.map_err(|source| failed(&Location::File(target.to_owned()), source))
}

/// Makes a new name in a folder last. Some file systems cannot, and need not.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
