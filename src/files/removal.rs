//! Removes an input whose output is complete, verified and on disk, unless the input has changed since it was read.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::arguments::files::OutputArguments;
use crate::error::Error;
use crate::files::attributes::{Content, FileState};
use crate::files::finished::{FinishedFile, is_of_this_run, lock};
use crate::files::location::{Location, folder};
use crate::files::reading::Input;

/// Inputs may be hard links to one file. Removing one sets the time of change that the others have, and takes the lock
/// of the file, so only one is compared or removed at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// An input to remove.
pub(crate) struct Removal {
    path: PathBuf,
    /// The state of the input when it was opened.
    read: FileState,
    /// The digest of its content.
    digest: blake3::Hash,
}

impl Removal {
    /// Prepares the removal of the input, if `--rm` is given. Fails if it is a link, or its folder does not allow that.
    pub(crate) fn of(
        location: &Location,
        input: &Input,
        options: &OutputArguments,
    ) -> Result<Option<Removal>, Error> {
        let (Location::File(path), Some(read), true) = (location, &input.state, options.remove)
        else {
            return Ok(None);
        };
        if path.is_symlink() {
            return Err(Error::Link { path: path.clone() });
        }
        check_folder(folder(path)).map_err(|source| Error::Unremovable {
            path: path.clone(),
            source,
        })?;
        Ok(Some(Removal {
            path: path.clone(),
            read: read.clone(),
            digest: blake3::hash(&input.bytes),
        }))
    }

    /// Fails if the input is no longer what was read.
    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        self.check_while(&one_at_a_time())
    }

    fn check_while(&self, _: &MutexGuard<'_, ()>) -> Result<(), Error> {
        let is_unchanged = self.is_unchanged().map_err(|source| Error::Read {
            location: Location::File(self.path.clone()),
            source,
        })?;
        match is_unchanged {
            true => Ok(()),
            false => Err(Error::Changed {
                path: self.path.clone(),
            }),
        }
    }

    /// Whether the input is unchanged. Reads the file again if its state does not show it.
    fn is_unchanged(&self) -> io::Result<bool> {
        let now = FileState::of(&self.path)?;
        Ok(match self.read.compared_with(&now) {
            Content::Unchanged => true,
            Content::Changed => false,
            Content::Unknown => {
                let mut found = blake3::Hasher::new();
                found.update_reader(File::open(&self.path)?)?;
                let later = FileState::of(&self.path)?;
                found.finalize() == self.digest && now.compared_with(&later) == Content::Unchanged
            }
        })
    }

    /// Removes the input while its output is there. Fails if another process uses the input: it may be about to remove
    /// the output, which is its own input.
    pub(crate) fn remove(self, output: Option<&FinishedFile>) -> Result<(), Error> {
        let failed = |source| Error::Remove {
            path: self.path.clone(),
            source,
        };
        let alone = one_at_a_time();
        let file = File::open(&self.path).map_err(failed)?;
        lock(&file).map_err(failed)?;
        self.check_while(&alone)?;
        let is_kept = output.map_or(Ok(false), FinishedFile::is_there);
        match is_kept.map_err(failed)? {
            true => fs::remove_file(&self.path).map_err(failed),
            false => Err(Error::OutputGone {
                input: self.path.clone(),
            }),
        }
    }
}

fn one_at_a_time() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Fails if nothing can be removed from a folder.
#[cfg(unix)]
fn check_folder(folder: &Path) -> io::Result<()> {
    use nix::unistd::{AccessFlags, access};
    Ok(access(folder, AccessFlags::W_OK | AccessFlags::X_OK)?)
}

/// Does nothing here: removing the file shows whether that is allowed.
#[cfg(not(unix))]
fn check_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The output that an earlier run may have left that ended before it removed the input: with `--rm` and without
/// `--force`, an existing file.
pub(crate) fn earlier_output<'a>(
    target: &'a Location,
    options: &OutputArguments,
) -> Option<&'a Path> {
    match target {
        Location::File(path) if options.remove && !options.force => {
            let found = path.symlink_metadata();
            let is_earlier = found.is_ok_and(|found| found.is_file()) && !is_of_this_run(path);
            is_earlier.then_some(path)
        }
        _ => None,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::SystemTime;

    use pxc_runtime::Limits;

    use super::*;
    use crate::files::reading::read_input;

    /// Reads a file for removal, then changes it. Returns whether pxc still takes it for unchanged.
    fn is_unchanged_after(change: impl FnOnce(&PathBuf)) -> bool {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a.png");
        fs::write(&path, "content").expect("a file");
        let location = Location::File(path.clone());
        let input = read_input(&location, &Limits::default()).expect("a file");
        let removal = Removal {
            path: path.clone(),
            read: input.state.expect("a file"),
            digest: blake3::hash(&input.bytes),
        };
        // Longer than a tick of the clock of files.
        std::thread::sleep(std::time::Duration::from_millis(20));
        change(&path);
        removal.check_unchanged().is_ok()
    }

    /// Writes other content of the same length, as old as before.
    fn rewrite(path: &PathBuf) {
        let old: SystemTime = path
            .metadata()
            .and_then(|found| found.modified())
            .expect("a time");
        fs::write(path, "CONTENT").expect("a file");
        let file = File::options().append(true).open(path).expect("a file");
        file.set_modified(old).expect("a time");
    }

    fn link(path: &PathBuf) {
        fs::hard_link(path, path.with_extension("link")).expect("a link");
    }

    #[test]
    fn a_hard_link_changes_nothing_and_hides_nothing() {
        assert!(is_unchanged_after(|_| ()));
        assert!(is_unchanged_after(link));
        assert!(!is_unchanged_after(rewrite));
        assert!(!is_unchanged_after(|path| {
            rewrite(path);
            link(path);
        }));
    }
}
