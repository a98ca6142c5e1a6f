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

/// What two states of a file tell about its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// It is the same.
    Unchanged,
    /// It may be the same: a hard link came or went, which sets the time of change as writing does.
    Unknown,
    /// It is another, or its times were set.
    Changed,
}

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

    /// What `later` tells about the content, if it is a state of this path.
    #[cfg(unix)]
    pub(crate) fn compared_with(&self, later: &FileState) -> Content {
        use std::os::unix::fs::MetadataExt;
        let content = |state: &FileState| {
            let found = &state.0;
            let modified = (found.mtime(), found.mtime_nsec());
            (found.dev(), found.ino(), found.len(), modified)
        };
        let changed = |state: &FileState| (state.0.ctime(), state.0.ctime_nsec());
        if content(self) != content(later) {
            Content::Changed
        } else if changed(self) == changed(later) {
            Content::Unchanged
        } else if self.0.nlink() != later.0.nlink() {
            Content::Unknown
        } else {
            Content::Changed
        }
    }

    /// What `later` tells about the content, if it is a state of this path.
    #[cfg(not(unix))]
    pub(crate) fn compared_with(&self, later: &FileState) -> Content {
        let content = |state: &FileState| (state.0.len(), state.0.modified().ok());
        match content(self) == content(later) {
            true => Content::Unchanged,
            false => Content::Changed,
        }
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
