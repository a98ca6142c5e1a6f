//! What the system reports about a file: its identity, whether it has changed, and the attributes that an output gets.

use std::fs::{File, FileTimes, Metadata};
use std::io;
use std::path::Path;

use crate::files::location::Location;

/// Bits of the mode that an output takes over.
#[cfg(unix)]
const PERMISSIONS: u32 = 0o777;

/// Identifies a file, whatever its name.
#[cfg(unix)]
pub(crate) type FileKey = (u64, u64);

/// Identifies a file by its path, without symbolic links.
#[cfg(not(unix))]
pub(crate) type FileKey = std::path::PathBuf;

/// The state of a file at some time.
#[derive(Clone, Debug)]
pub(crate) struct FileState(Metadata);

impl FileState {
    /// The state of an open file.
    pub(crate) fn of_open(file: &File) -> io::Result<FileState> {
        file.metadata().map(FileState)
    }

    /// The state of the file that a path leads to, through symbolic links.
    pub(crate) fn of(path: &Path) -> io::Result<FileState> {
        path.metadata().map(FileState)
    }

    /// Its size in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.len()
    }

    /// Whether it was modified before another file. `false` where times are unknown.
    pub(crate) fn is_older_than(&self, other: &FileState) -> bool {
        matches!((self.0.modified(), other.0.modified()), (Ok(mine), Ok(others)) if mine < others)
    }

    /// Whether `later` is the state of the same file with the same content.
    #[cfg(unix)]
    pub(crate) fn is_unchanged(&self, later: &FileState) -> bool {
        use std::os::unix::fs::MetadataExt;
        let content = |state: &FileState| {
            let found = &state.0;
            let modified = (found.mtime(), found.mtime_nsec());
            (found.dev(), found.ino(), found.len(), modified)
        };
        // A new or removed hard link sets the time of change, too.
        let changed = |state: &FileState| {
            let found = &state.0;
            (found.nlink(), found.ctime(), found.ctime_nsec())
        };
        content(self) == content(later)
            && (changed(self) == changed(later) || self.0.nlink() != later.0.nlink())
    }

    /// Whether `later` is the state of the same file with the same content.
    #[cfg(not(unix))]
    pub(crate) fn is_unchanged(&self, later: &FileState) -> bool {
        self.0.len() == later.0.len() && self.0.modified().ok() == later.0.modified().ok()
    }

    /// Gives a file the owner and the permissions of this one, as far as the system allows.
    ///
    /// If the group cannot be set, it gets no more rights than everybody.
    #[cfg(unix)]
    pub(crate) fn give_permissions(&self, file: &File) -> io::Result<()> {
        use std::fs::Permissions;
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
        let own = file.metadata()?;
        let mut mode = self.0.mode() & PERMISSIONS;
        if own.gid() != self.0.gid() && fchown(file, None, Some(self.0.gid())).is_err() {
            mode &= 0o707 | (mode & 0o007) << 3;
        }
        if own.uid() != self.0.uid() {
            // Only root may give files away.
            let _ = fchown(file, Some(self.0.uid()), None);
        }
        file.set_permissions(Permissions::from_mode(mode))
    }

    /// Does nothing: permissions come from the folder.
    #[cfg(not(unix))]
    pub(crate) fn give_permissions(&self, _: &File) -> io::Result<()> {
        Ok(())
    }

    /// Gives a file the times of this one.
    pub(crate) fn give_times(&self, file: &File) -> io::Result<()> {
        let modified = self.0.modified()?;
        let accessed = self.0.accessed().unwrap_or(modified);
        file.set_times(
            FileTimes::new()
                .set_modified(modified)
                .set_accessed(accessed),
        )
    }
}

/// Identifies a regular file, also one that is a standard stream; `None` for pipes, devices and absent files.
#[cfg(unix)]
pub(crate) fn key(location: &Location, stream: &str) -> Option<FileKey> {
    use std::os::unix::fs::MetadataExt;
    let path = match location {
        Location::File(path) => path,
        Location::Standard => Path::new(stream),
    };
    let found = path.metadata().ok().filter(Metadata::is_file)?;
    Some((found.dev(), found.ino()))
}

/// Identifies a file; `None` for standard streams and absent files.
#[cfg(not(unix))]
pub(crate) fn key(location: &Location, _: &str) -> Option<FileKey> {
    match location {
        Location::File(path) => path.canonicalize().ok(),
        Location::Standard => None,
    }
}
