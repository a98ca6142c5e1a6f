//! Outputs that have their names. No run replaces an output of its own, and an input goes only while its output is
//! there and no other process relies on either.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::files::attributes::{Mark, is_named, marks};

/// Every output that this run has finished.
static FINISHED: Mutex<Option<HashSet<Mark>>> = Mutex::new(None);

/// A finished output. Its lock lasts as long as this.
pub(crate) struct FinishedFile {
    file: File,
    path: PathBuf,
}

impl FinishedFile {
    /// The open, locked file that has just got this name.
    pub(crate) fn new(file: File, path: &Path) -> FinishedFile {
        let mut finished = FINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = marks(path).unwrap_or_default();
        finished.get_or_insert_default().extend(marks);
        FinishedFile {
            file,
            path: path.to_owned(),
        }
    }

    /// An output that an earlier run finished. Fails if another process uses it.
    pub(crate) fn of_earlier_run(path: &Path) -> io::Result<FinishedFile> {
        let file = File::open(path)?;
        lock(&file)?;
        Ok(FinishedFile {
            file,
            path: path.to_owned(),
        })
    }

    /// The file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Whether the name still leads to this file.
    pub(crate) fn is_there(&self) -> io::Result<bool> {
        is_named(&self.file, &self.path)
    }

    /// Its name.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether a path leads to an output of this run, maybe under another name: some file systems take `A` for `a`.
pub(crate) fn is_of_this_run(path: &Path) -> bool {
    let finished = FINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    let marks = marks(path).unwrap_or_default();
    let mut marks = marks.iter();
    finished
        .as_ref()
        .is_some_and(|finished| marks.any(|mark| finished.contains(mark)))
}

/// Locks a file until it is closed. Fails if another process has the lock. File systems without locks need none.
pub(crate) fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(busy()),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

pub(crate) fn busy() -> io::Error {
    io::Error::new(
        io::ErrorKind::ResourceBusy,
        "another process is writing this file: wait until it ends",
    )
}
