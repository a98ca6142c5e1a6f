//! Writes outputs, each complete or not at all: the bytes go to a temporary file beside the target, which then takes its name.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::arguments::files::OutputArguments;
use crate::error::Error;
use crate::files::location::Location;
use crate::files::unfinished::UnfinishedFile;

/// Fails if `target` exists or is a terminal, unless `--force` is given.
pub(crate) fn check_target(target: &Location, options: &OutputArguments) -> Result<(), Error> {
    match target {
        _ if options.force => Ok(()),
        Location::Standard if io::stdout().is_terminal() => Err(Error::Terminal),
        Location::File(path) if path.symlink_metadata().is_ok() => {
            Err(Error::Exists { path: path.clone() })
        }
        _ => Ok(()),
    }
}

/// Writes `bytes` to `target`, completely or not at all. With `--rm` the bytes are on the disk before it returns.
pub(crate) fn write(
    target: &Location,
    bytes: &[u8],
    options: &OutputArguments,
) -> Result<(), Error> {
    let written = match target {
        Location::Standard => write_standard(bytes),
        Location::File(path) if is_special(path) => write_special(path, bytes),
        Location::File(path) => write_file(path, bytes, options),
    };
    written.map_err(|source| match (target, source.kind()) {
        (Location::File(path), io::ErrorKind::AlreadyExists) => {
            Error::Exists { path: path.clone() }
        }
        _ => Error::Write {
            location: target.clone(),
            source,
        },
    })
}

fn write_standard(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Devices and pipes are written to, not replaced.
fn is_special(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn write_special(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(bytes)
}

fn write_file(path: &Path, bytes: &[u8], options: &OutputArguments) -> io::Result<()> {
    let mut unfinished_file = UnfinishedFile::beside(path)?;
    unfinished_file.file().write_all(bytes)?;
    if options.remove {
        unfinished_file.file().sync_all()?;
    }
    unfinished_file.finish(path, options.force)
}
