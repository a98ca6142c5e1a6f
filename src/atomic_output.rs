//! Output that appears whole or not at all: bytes go to a temporary file beside the target, which takes its name at the end.
//!
//! An interrupted process removes its temporary files before it exits.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};

use tempfile::{Builder, NamedTempFile};

use crate::arguments::OutputArguments;
use crate::error::{Error, Place};

/// Shell convention for a process that was interrupted: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Makes interruption (Ctrl-C, SIGTERM, SIGHUP) remove the unfinished files.
pub(crate) fn remove_unfinished_on_interruption() {
    // Without a handler the process still stops; only the temporary file would stay.
    let _ = ctrlc::set_handler(|| {
        // Held until the end, so that no worker begins another file.
        let known = unfinished();
        for path in &*known {
            let _ = std::fs::remove_file(path);
        }
        process::exit(INTERRUPTED);
    });
}

/// Fails if `target` may not be written: it exists, or it is a terminal.
pub(crate) fn check_target(target: &Place, options: &OutputArguments) -> Result<(), Error> {
    match target {
        _ if options.force => Ok(()),
        Place::Standard if io::stdout().is_terminal() => Err(Error::Terminal),
        Place::File(path) if path.symlink_metadata().is_ok() => {
            Err(Error::Exists { path: path.clone() })
        }
        _ => Ok(()),
    }
}

/// Writes `bytes` to `target` in one piece; on the disk when it returns if the input will be removed.
pub(crate) fn write(target: &Place, bytes: &[u8], options: &OutputArguments) -> Result<(), Error> {
    let written = match target {
        Place::Standard => write_standard(bytes),
        Place::File(path) if is_special(path) => write_special(path, bytes),
        Place::File(path) => write_file(path, bytes, options),
    };
    written.map_err(|source| match (target, source.kind()) {
        (Place::File(path), io::ErrorKind::AlreadyExists) => Error::Exists { path: path.clone() },
        _ => Error::Write {
            place: target.clone(),
            source,
        },
    })
}

fn write_standard(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Devices and pipes keep their identity: they are written to, not replaced.
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

/// A temporary file that [`remove_unfinished_on_interruption`] knows.
struct UnfinishedFile {
    temporary: Option<NamedTempFile>,
}

impl UnfinishedFile {
    fn beside(path: &Path) -> io::Result<UnfinishedFile> {
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(directory)?;
        let mut known = unfinished();
        let temporary = with_usual_permissions(Builder::new().prefix(".pxc-").suffix(".partial"))
            .tempfile_in(directory)?;
        known.insert(temporary.path().to_owned());
        Ok(UnfinishedFile {
            temporary: Some(temporary),
        })
    }

    fn file(&mut self) -> &mut File {
        self.temporary
            .as_mut()
            .expect("present until finish")
            .as_file_mut()
    }

    fn finish(mut self, path: &Path, force: bool) -> io::Result<()> {
        let temporary = self.temporary.take().expect("present until finish");
        let name = temporary.path().to_owned();
        let persisted = if force {
            temporary.persist(path)
        } else {
            temporary.persist_noclobber(path)
        };
        unfinished().remove(&name);
        persisted.map(drop).map_err(|error| error.error)
    }
}

impl Drop for UnfinishedFile {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            unfinished().remove(temporary.path());
        }
    }
}

/// The permissions that a file made by a shell's `>` gets.
#[cfg(unix)]
fn with_usual_permissions<'a, 'b, 'c>(builder: &'c mut Builder<'a, 'b>) -> &'c mut Builder<'a, 'b> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn with_usual_permissions<'a, 'b, 'c>(builder: &'c mut Builder<'a, 'b>) -> &'c mut Builder<'a, 'b> {
    builder
}

fn unfinished() -> std::sync::MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
