//! Temporary files that take their name when they are complete.
//!
//! When a signal interrupts the process, it removes them before it exits.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{Builder, NamedTempFile};

/// Shell convention for a process that was interrupted: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Makes interruption (Ctrl-C, SIGTERM, SIGHUP) remove the unfinished files.
pub(crate) fn remove_on_interruption() {
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

/// A temporary file that [`remove_on_interruption`] knows.
pub(crate) struct UnfinishedFile {
    temporary: Option<NamedTempFile>,
}

impl UnfinishedFile {
    /// Creates an empty file in the folder of `path`, and the folder if it is missing.
    pub(crate) fn beside(path: &Path) -> io::Result<UnfinishedFile> {
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

    /// The file.
    pub(crate) fn file(&mut self) -> &mut File {
        self.temporary
            .as_mut()
            .expect("present until finish")
            .as_file_mut()
    }

    /// Gives the file its name. Replaces an existing file only with `force`.
    pub(crate) fn finish(mut self, path: &Path, force: bool) -> io::Result<()> {
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

/// The permissions that a shell's `>` gives to a new file.
#[cfg(unix)]
fn with_usual_permissions<'a, 'b, 'c>(builder: &'c mut Builder<'a, 'b>) -> &'c mut Builder<'a, 'b> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn with_usual_permissions<'a, 'b, 'c>(builder: &'c mut Builder<'a, 'b>) -> &'c mut Builder<'a, 'b> {
    builder
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
