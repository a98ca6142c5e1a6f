//! Writes outputs, each complete or not at all: the bytes go to a temporary file beside the target, which then takes
//! its name.
//!
//! [`begin`] fails before the work if the output cannot be written. [`Output::fill`] writes, [`Output::read_back`]
//! reads the file on disk, [`Output::finish`] gives it its name.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Read, Seek, Write};
use std::path::Path;

use crate::arguments::files::OutputArguments;
use crate::error::Error;
use crate::files::attributes::{FileState, make_folder};
use crate::files::extended::MissingAttributes;
use crate::files::finished::FinishedFile;
use crate::files::location::{Location, Paths, folder, is_special, is_stream};
use crate::files::unfinished::{UnfinishedFile, sync_folder};
use crate::terminal::escaping::Escaped;
use crate::terminal::standard_output;

/// Fails if `--rm` is given and an input or an output is not a file: a stream or a device is not a copy.
pub(crate) fn check_removal(location: &Location, options: &OutputArguments) -> Result<(), Error> {
    let is_file = matches!(location, Location::File(path) if !is_special(path));
    match is_file || !options.remove {
        true => Ok(()),
        false => Err(Error::NoFile {
            location: location.clone(),
        }),
    }
}

/// Fails if `target` is a folder, is not in a folder or cannot have its name; also if it exists or is a terminal,
/// unless `force` allows that. Writing to pipes and to devices other than disks overwrites nothing.
pub(crate) fn check_target(
    target: &Location,
    force: bool,
    options: &OutputArguments,
) -> Result<(), Error> {
    check_removal(target, options)?;
    let is_terminal = match target {
        Location::Standard => {
            standard_output::check().map_err(|source| failed(target, source))?;
            standard_output::is_terminal()
        }
        Location::File(path) if is_stream(path) => is_terminal(path),
        Location::File(path) => return check_file(path, force, options),
    };
    match is_terminal && !force {
        true => Err(Error::Terminal {
            location: target.clone(),
        }),
        false => Ok(()),
    }
}

fn check_file(path: &Path, force: bool, options: &OutputArguments) -> Result<(), Error> {
    let failed = |source| failed(&Location::File(path.to_owned()), source);
    check_folder(path, options).map_err(failed)?;
    match path.symlink_metadata() {
        Err(source) if source.kind() == io::ErrorKind::InvalidFilename => Err(failed(source)),
        Ok(_) if !force => Err(Error::Exists {
            path: path.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Fails unless the output would be in a folder, which `--out-dir` makes.
fn check_folder(path: &Path, options: &OutputArguments) -> io::Result<()> {
    let refused = |kind, text: String| Err(io::Error::new(kind, text));
    if path.is_dir() {
        let text = "a directory has this name: name another output with --output or --out-dir";
        return refused(io::ErrorKind::IsADirectory, text.into());
    }
    let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
    let wanted = if is_folder { path } else { folder(path) };
    let made = |folder: &&Path| options.out_dir.is_none() || folder.exists();
    let Some(folder) = wanted.ancestors().find(made) else {
        return Ok(());
    };
    let shown = Escaped(folder.display());
    match folder.metadata().map(|found| found.is_dir()) {
        Ok(true) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => refused(
            io::ErrorKind::NotFound,
            format!("the directory {shown} does not exist: create it, or use --out-dir"),
        ),
        Err(error) if error.kind() != io::ErrorKind::NotADirectory => Err(error),
        Ok(false) | Err(_) => refused(
            io::ErrorKind::NotADirectory,
            format!("{shown} is not a directory: name another output with --output or --out-dir"),
        ),
    }
}

/// Whether a device is a terminal. Does not open pipes, whose reader would take that for the whole output.
#[cfg(unix)]
fn is_terminal(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let found = path.metadata();
    let is_device = found.is_ok_and(|found| found.file_type().is_char_device());
    let open = |path| OpenOptions::new().write(true).open(path);
    is_device && open(path).is_ok_and(|file| file.is_terminal())
}

#[cfg(not(unix))]
fn is_terminal(_: &Path) -> bool {
    false
}

/// An output that is not complete.
pub(crate) struct Output<'a> {
    target: &'a Location,
    may_replace: bool,
    /// The file; `None` for a stream or a device, which is written at the end.
    file: Option<UnfinishedFile>,
    input: Option<&'a FileState>,
}

/// Prepares the output of an input, with the permissions of the input. Creates folders only for `--out-dir`.
pub(crate) fn begin<'a>(
    paths: Paths<'a>,
    input: Option<&'a FileState>,
    may_replace: bool,
    options: &OutputArguments,
) -> Result<Output<'a>, Error> {
    let target = paths.output;
    let begun = match target {
        Location::File(path) if !is_special(path) => begin_file(paths.input, path, input, options)
            .map(Some)
            .map_err(|source| failed(target, source)),
        _ => check_removal(target, options).map(|()| None),
    };
    Ok(Output {
        target,
        may_replace,
        file: begun?,
        input,
    })
}

fn begin_file(
    source: &Location,
    path: &Path,
    input: Option<&FileState>,
    options: &OutputArguments,
) -> io::Result<UnfinishedFile> {
    if let Some(top) = &options.out_dir {
        let source = match source {
            Location::File(source) => Some(folder(source)),
            Location::Standard => None,
        };
        make_folders(folder(path), top, source)?;
    }
    let mut unfinished_file = UnfinishedFile::beside(path, input)?;
    if let Some(input) = input {
        // A file system without permissions refuses them. Then only the owner can open the file.
        let _ = input.give_permissions(unfinished_file.file());
    }
    Ok(unfinished_file)
}

/// Makes a folder and those that it is in. From `top` downwards they are as private as the folders of the input that
/// they stand for; `source` is the last of these.
fn make_folders(wanted: &Path, top: &Path, source: Option<&Path>) -> io::Result<()> {
    if wanted.is_dir() {
        return Ok(());
    }
    if let Some(parent) = wanted.parent().filter(|parent| *parent != Path::new("")) {
        let above = source.filter(|_| wanted != top).and_then(Path::parent);
        make_folders(parent, top, above)?;
    }
    match make_folder(wanted, source) {
        // Another worker made it.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && wanted.is_dir() => Ok(()),
        made => made,
    }
}

impl Output<'_> {
    /// The extended attributes of the input that the output does not have.
    pub(crate) fn missing_attributes(&mut self) -> MissingAttributes {
        match (&mut self.file, self.input) {
            (Some(unfinished_file), Some(input)) => input.missing_in(unfinished_file.file()),
            _ => MissingAttributes::default(),
        }
    }

    /// Writes the bytes of a file and the time of its input, to the disk. Does nothing for a stream or a device.
    pub(crate) fn fill(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (target, input) = (self.target, self.input);
        self.file.as_mut().map_or(Ok(()), |unfinished_file| {
            fill(unfinished_file.file(), bytes, input).map_err(|source| failed(target, source))
        })
    }

    /// Reads the file on disk; `None` for a stream or a device.
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

    /// Gives the file, which holds `bytes`, its name, and syncs that to disk. Writes them to a stream or a device.
    pub(crate) fn finish(self, bytes: &[u8]) -> Result<Option<FinishedFile>, Error> {
        let written = match (self.target, self.file) {
            (Location::Standard, _) => standard_output::write(bytes).map(|()| None),
            (Location::File(path), None) => write_special(path, bytes).map(|()| None),
            (Location::File(path), Some(unfinished_file)) => unfinished_file
                .finish(path, bytes, self.may_replace)
                .map(Some),
        };
        written.map_err(|source| failed(self.target, source))
    }
}

fn fill(file: &mut File, bytes: &[u8], input: Option<&FileState>) -> io::Result<()> {
    file.write_all(bytes)?;
    if let Some(input) = input {
        // The same as for permissions.
        let _ = input.give_times(file);
    }
    file.sync_all()
}

fn failed(target: &Location, source: io::Error) -> Error {
    match (target, source.kind()) {
        (Location::File(path), io::ErrorKind::AlreadyExists) => {
            Error::Exists { path: path.clone() }
        }
        (_, kind @ io::ErrorKind::InvalidFilename) => Error::Write {
            location: target.clone(),
            source: io::Error::new(
                kind,
                "the name is too long for the file system: name a shorter output with --output",
            ),
        },
        _ => Error::Write {
            location: target.clone(),
            source,
        },
    }
}

fn write_special(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(bytes)
}

/// An output that an earlier run wrote.
pub(crate) fn earlier(path: &Path) -> Result<FinishedFile, Error> {
    FinishedFile::of_earlier_run(path)
        .map_err(|source| failed(&Location::File(path.to_owned()), source))
}

/// Gives an output that an earlier run wrote what it would get now, and syncs it to disk. Fails if it does not take all
/// extended attributes of its input, unless that is allowed.
pub(crate) fn settle(
    output: &FinishedFile,
    location: &Location,
    input: Option<&FileState>,
    options: &OutputArguments,
) -> Result<(), Error> {
    let (file, path) = (output.file(), output.path());
    if let Some(input) = input {
        // As for new outputs.
        let _ = input.give_permissions(file);
        let _ = input.give_times(file);
    }
    let synced = file.sync_all().and_then(|()| sync_folder(folder(path)));
    synced.map_err(|source| failed(&Location::File(path.to_owned()), source))?;
    let missing = input.map(|input| input.missing_in(file).names);
    match missing.unwrap_or_default().is_empty() || options.allow_loss {
        true => Ok(()),
        false => Err(Error::NotHeld {
            path: path.to_owned(),
            input: location.clone(),
        }),
    }
}
