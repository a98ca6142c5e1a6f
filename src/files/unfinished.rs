//! Temporary files that take their name when they are complete.
//!
//! When a signal interrupts the process, it removes them before it exits. If the process is killed, its file stays; the
//! next run that writes the same output replaces it.
//!
//! Only the process that holds the lock of the file with a temporary name may remove or rename it. A lock can come too
//! late, and some file systems have none. So before a file is used, removed or renamed, its name must still be its own.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempPath;

use crate::files::attributes::{FileState, is_named};
use crate::files::finished::{FinishedFile, busy, is_of_this_run, lock};
use crate::files::location::folder;

/// How often to create a file again if another run takes its name away before it is locked.
const ATTEMPTS: usize = 100;

/// Shell convention for a process that was interrupted: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

const PREFIX: &str = ".pxc-";
const SUFFIX: &str = ".partial";

static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Makes interruption (Ctrl-C, SIGTERM, SIGHUP) remove the unfinished files.
pub(crate) fn remove_on_interruption() {
    // Without a handler the process still stops; only the temporary file would stay.
    let _ = ctrlc::set_handler(|| {
        // Hold the lock until the end, so that no worker begins another file.
        let known = unfinished();
        remove(&known);
        process::exit(INTERRUPTED);
    });
}

/// Removes the unfinished files of a process that ends without memory. Does not wait for a thread that just begins or
/// finishes one: that file stays, as if the process had been killed.
pub(crate) fn remove_now() {
    if let Ok(known) = UNFINISHED.try_lock() {
        remove(&known);
    }
}

fn remove(files: &BTreeSet<PathBuf>) {
    for path in files {
        let _ = fs::remove_file(path);
    }
}

/// Makes a write beyond the limit on the length of files (`ulimit -f`) an error instead of the end of the process:
/// blocks SIGXFSZ. Call it before there are threads, which inherit that.
#[cfg(unix)]
pub(crate) fn fail_on_long_files() {
    use nix::sys::signal::{SigSet, Signal};

    let mut signals = SigSet::empty();
    signals.add(Signal::SIGXFSZ);
    // Otherwise only the temporary file stays.
    let _ = signals.thread_block();
}

/// Does nothing here: there is no such signal.
#[cfg(not(unix))]
pub(crate) fn fail_on_long_files() {}

/// Whether a file is an unfinished output of a killed process.
pub(crate) fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or("");
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// A temporary file that [`remove_on_interruption`] knows.
pub(crate) struct UnfinishedFile {
    file: File,
    /// Removes the file when it is dropped.
    temporary: Option<TempPath>,
}

impl UnfinishedFile {
    /// Creates an empty file in the folder of `path`. Only the owner can open it, unless there is no `input` to
    /// protect.
    pub(crate) fn beside(path: &Path, input: Option<&FileState>) -> io::Result<UnfinishedFile> {
        let name = fs::canonicalize(folder(path))?.join(temporary_name(path));
        let mut known = unfinished();
        let file = create(&name, if input.is_some() { 0o600 } else { 0o666 })?;
        known.insert(name.clone());
        Ok(UnfinishedFile {
            file,
            temporary: Some(TempPath::try_from_path(name)?),
        })
    }

    /// The file.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives the file, which holds `bytes`, its name and syncs that to disk. Replaces an existing file only if it may,
    /// and never an output of this run. Fails if the name is another file's afterwards.
    pub(crate) fn finish(
        mut self,
        path: &Path,
        bytes: &[u8],
        may_replace: bool,
    ) -> io::Result<FinishedFile> {
        let Some(temporary) = self.release() else {
            return Err(taken());
        };
        // An interruption in between would remove another run's file, and another worker might take the name.
        let mut known = unfinished();
        let name = temporary.to_path_buf();
        let named = match is_of_this_run(path) {
            true => Err(appeared()),
            false => give_name(temporary, path, may_replace),
        };
        let finished = named.and_then(|()| {
            let file = self.named_file(path, bytes)?;
            Ok(FinishedFile::new(file, path))
        });
        known.remove(&name);
        drop(known);
        let finished = finished?;
        sync_folder(folder(path))?;
        match finished.is_there()? {
            true => Ok(finished),
            false => Err(taken()),
        }
    }

    /// The file under its name. Some file systems take it for another one then: what it holds counts.
    fn named_file(&self, path: &Path, bytes: &[u8]) -> io::Result<File> {
        if is_named(&self.file, path).unwrap_or(false) {
            return self.file.try_clone();
        }
        let mut file = File::open(path)?;
        let mut found = Vec::new();
        file.read_to_end(&mut found)?;
        match found == bytes {
            true => lock(&file).map(|()| file),
            false => Err(taken()),
        }
    }

    /// Takes the temporary name, if it is still this file's. Leaves another file's as it is.
    fn release(&mut self) -> Option<TempPath> {
        let temporary = self.temporary.take()?;
        if is_named(&self.file, &temporary).unwrap_or(false) {
            return Some(temporary);
        }
        unfinished().remove(&*temporary);
        let _ = temporary.keep();
        None
    }
}

impl Drop for UnfinishedFile {
    fn drop(&mut self) {
        if let Some(temporary) = self.release() {
            let mut known = unfinished();
            let name = temporary.to_path_buf();
            drop(temporary);
            known.remove(&name);
        }
    }
}

/// Renames a file, and replaces another one only if it may.
fn give_name(temporary: TempPath, path: &Path, may_replace: bool) -> io::Result<()> {
    if may_replace {
        return Ok(temporary.persist(path)?);
    }
    match temporary.persist_noclobber(path) {
        Ok(()) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(error.error),
        // Some file systems neither link nor rename without replacing. An empty file keeps the name free.
        Err(error) => {
            OpenOptions::new().write(true).create_new(true).open(path)?;
            error.path.persist(path).map_err(|error| {
                let _ = fs::remove_file(path);
                error.error
            })
        }
    }
}

/// A name was free when the run began, or is that of an output of this run.
fn appeared() -> io::Error {
    io::Error::other(
        "appeared after pxc had begun, as the output of another input whose name is the same to the file system, or of \
         another process: not replaced (give this output another name with --output or --out-dir)",
    )
}

fn taken() -> io::Error {
    io::Error::other("another process has replaced this file: run pxc again")
}

/// Where an output is until it is complete.
pub(crate) fn temporary_path(path: &Path) -> PathBuf {
    path.with_file_name(temporary_name(path))
}

/// The temporary name of an output: always the same, so that a run finds what a killed one left. The digits are the
/// FNV-1a hash of the name.
fn temporary_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let hash = name.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{PREFIX}{hash:016x}{SUFFIX}")
}

/// Creates a new, locked file. Replaces what a killed process left.
fn create(path: &Path, mode: u32) -> io::Result<File> {
    for _ in 0..ATTEMPTS {
        match open_new(path, mode) {
            Ok(file) => {
                if locked(&file, path)? {
                    return Ok(file);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => remove_left(path)?,
            Err(error) => return Err(error),
        }
    }
    Err(busy())
}

/// Creates a file. Never opens an existing one or follows a link.
fn open_new(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}

/// Removes the file that a killed process left, or nothing if it has just gone. Fails if a process still writes it.
fn remove_left(path: &Path) -> io::Result<()> {
    let remove = || {
        if !path.symlink_metadata()?.is_file() {
            return fs::remove_file(path);
        }
        // The file stays open, so that the lock lasts until the name is gone.
        let left = File::open(path)?;
        match locked(&left, path)? {
            true => fs::remove_file(path),
            false => Ok(()),
        }
    };
    match remove() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Locks a file. Returns whether the name is then still its own: no other run changes that while the lock lasts, until
/// the process ends. Fails if another process has the lock. File systems without locks need none.
fn locked(file: &File, path: &Path) -> io::Result<bool> {
    lock(file)?;
    is_named(file, path)
}

/// Syncs a new name in a folder to disk. Some file systems cannot do that, and need not.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;

    use super::*;

    fn write(path: &Path, bytes: &[u8], may_replace: bool) -> io::Result<FinishedFile> {
        let mut unfinished = UnfinishedFile::beside(path, None)?;
        unfinished.file().write_all(bytes)?;
        unfinished.finish(path, bytes, may_replace)
    }

    /// As on a file system that takes `A.pxc` for `a.pxc`: the second name leads to the output of the first.
    #[test]
    fn an_output_of_this_run_is_not_replaced_by_it() {
        let directory = tempfile::tempdir().expect("a folder");
        let [path, same] = ["a.pxc", "A.pxc"].map(|name| directory.path().join(name));
        fs::write(&path, "an earlier run's").expect("a file");
        let finished = write(&path, b"first", true).expect("it may");
        fs::hard_link(&path, &same).expect("a link");
        for path in [&path, &same] {
            for may_replace in [false, true] {
                assert!(write(path, b"second", may_replace).is_err());
            }
            assert_eq!(fs::read(path).expect("a file"), b"first");
        }
        assert_eq!(fs::read_dir(directory.path()).expect("a folder").count(), 2);
        assert!(finished.is_there().expect("a file"));
        fs::write(directory.path().join("b"), "another").expect("a file");
        fs::rename(directory.path().join("b"), &path).expect("a name");
        assert!(!finished.is_there().expect("a file"));
        write(&path, b"third", true).expect("it is no longer ours");
    }

    #[test]
    fn a_name_that_is_not_free_is_kept() {
        let directory = tempfile::tempdir().expect("a folder");
        let path = directory.path().join("a.pxc");
        fs::write(&path, "another's").expect("a file");
        let error = write(&path, b"mine", false).map(|_| ()).expect_err("taken");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("a file"), b"another's");
    }
}
