//! What the system reports about a file: its identity, whether it has changed, and the attributes that an output gets.

use std::fs::{self, File, FileTimes, Metadata};
use std::io;
use std::path::Path;

use crate::files::extended::{Extended, MissingAttributes};
use crate::files::location::Location;

/// Bits of the mode that an output gets from its input.
#[cfg(unix)]
const PERMISSIONS: u32 = 0o777;

/// Identifies a file, whatever its name.
#[cfg(unix)]
pub(crate) type FileKey = (u64, u64);

/// Identifies a file by its path, without symbolic links.
#[cfg(not(unix))]
pub(crate) type FileKey = std::path::PathBuf;

/// What two states of a file say about its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The content is the same.
    Unchanged,
    /// The content may be the same: a hard link was added or removed, which sets the time of change as writing does.
    Unknown,
    /// The content is another, or the file's times were set.
    Changed,
}

/// The state of a file at some time.
#[derive(Clone, Debug)]
pub(crate) struct FileState {
    found: Metadata,
    /// The extended attributes; only known for open files.
    extended: Extended,
}

impl FileState {
    /// The state of an open file.
    pub(crate) fn of_open(file: &File) -> io::Result<FileState> {
        Ok(FileState {
            found: file.metadata()?,
            extended: Extended::of(file),
        })
    }

    /// The state of the file that a path leads to, through symbolic links.
    pub(crate) fn of(path: &Path) -> io::Result<FileState> {
        Ok(FileState {
            found: path.metadata()?,
            extended: Extended::default(),
        })
    }

    /// Its size in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.found.len()
    }

    /// Whether it was modified before another file. `false` where times are unknown.
    pub(crate) fn is_older_than(&self, other: &FileState) -> bool {
        matches!((self.found.modified(), other.found.modified()), (Ok(mine), Ok(others)) if mine < others)
    }

    /// What `later` says about the content, if it is a state of the same path.
    #[cfg(unix)]
    pub(crate) fn compared_with(&self, later: &FileState) -> Content {
        use std::os::unix::fs::MetadataExt;
        let content = |state: &FileState| {
            let found = &state.found;
            let modified = (found.mtime(), found.mtime_nsec());
            (found.dev(), found.ino(), found.len(), modified)
        };
        let changed = |state: &FileState| (state.found.ctime(), state.found.ctime_nsec());
        if content(self) != content(later) {
            Content::Changed
        } else if changed(self) == changed(later) {
            Content::Unchanged
        } else if self.found.nlink() != later.found.nlink() {
            Content::Unknown
        } else {
            Content::Changed
        }
    }

    /// What `later` says about the content, if it is a state of the same path.
    #[cfg(not(unix))]
    pub(crate) fn compared_with(&self, later: &FileState) -> Content {
        let content = |state: &FileState| (state.found.len(), state.found.modified().ok());
        match content(self) == content(later) {
            true => Content::Unchanged,
            false => Content::Changed,
        }
    }

    /// Gives a file the owner, the permissions and the extended attributes of this one, as far as the system allows.
    ///
    /// If the group or the access control list cannot be set, the group gets no more rights than everybody. The access
    /// control list that the folder gives to new files does not count.
    #[cfg(unix)]
    pub(crate) fn give_permissions(&self, file: &File) -> io::Result<()> {
        use std::fs::Permissions;
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

        use crate::files::extended::remove_access_list;

        let own = file.metadata()?;
        self.extended.give_attributes(file);
        let gid = self.found.gid();
        let keeps_group = own.gid() == gid || fchown(file, None, Some(gid)).is_ok();
        if own.uid() != self.found.uid() {
            // Only root may give files away.
            let _ = fchown(file, Some(self.found.uid()), None);
        }
        let mut mode = self.found.mode() & PERMISSIONS;
        let has_no_list = remove_access_list(file) && !self.extended.may_have_access_list();
        if !keeps_group || !has_no_list {
            mode &= 0o707 | (mode & 0o007) << 3;
        }
        file.set_permissions(Permissions::from_mode(mode))?;
        if keeps_group {
            self.extended.give_access_list(file);
        }
        Ok(())
    }

    /// Does nothing: permissions come from the folder.
    #[cfg(not(unix))]
    pub(crate) fn give_permissions(&self, _: &File) -> io::Result<()> {
        Ok(())
    }

    /// The extended attributes of this file that another does not have.
    pub(crate) fn missing_in(&self, other: &File) -> MissingAttributes {
        self.extended.missing_in(other)
    }

    /// Gives a file the times of this one.
    pub(crate) fn give_times(&self, file: &File) -> io::Result<()> {
        let modified = self.found.modified()?;
        let accessed = self.found.accessed().unwrap_or(modified);
        file.set_times(
            FileTimes::new()
                .set_modified(modified)
                .set_accessed(accessed),
        )
    }
}

/// Makes a folder that is as private as another one. As `cp -r` does, it gives no right that the umask takes away.
#[cfg(unix)]
pub(crate) fn make_folder(path: &Path, like: Option<&Path>) -> io::Result<()> {
    use std::fs::{DirBuilder, Permissions, set_permissions};
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, lchown};

    let Some(like) = like.and_then(|like| like.metadata().ok()) else {
        return fs::create_dir(path);
    };
    // Outputs go into it.
    let mode = like.mode() & PERMISSIONS | 0o700;
    DirBuilder::new().mode(mode).create(path)?;
    let own = path.symlink_metadata()?;
    let (gid, uid) = (Some(like.gid()), Some(like.uid()));
    let keeps_group = own.gid() == like.gid() || lchown(path, None, gid).is_ok();
    if own.uid() != like.uid() {
        // Only root may give folders away.
        let _ = lchown(path, uid, None);
    }
    match keeps_group {
        true => Ok(()),
        false => {
            let mode = own.mode() & (0o707 | (mode & 0o007) << 3);
            set_permissions(path, Permissions::from_mode(mode))
        }
    }
}

/// Makes a folder.
#[cfg(not(unix))]
pub(crate) fn make_folder(path: &Path, _: Option<&Path>) -> io::Result<()> {
    fs::create_dir(path)
}

/// Whether a path is a name of an open file itself, not of a link to it.
#[cfg(unix)]
pub(crate) fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata()?;
    match path.symlink_metadata() {
        Ok(found) => Ok((found.dev(), found.ino()) == (own.dev(), own.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Always true here, where open files keep their names.
#[cfg(not(unix))]
pub(crate) fn is_named(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// What tells a file from all others that are there at the same time.
#[cfg(unix)]
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    /// Device and number.
    Number(u64, u64),
    /// Device, size and the times of modification and change, to the nanosecond: some file systems have a number for
    /// each name.
    State(u64, u64, [i64; 4]),
}

/// What tells a file from all others.
#[cfg(not(unix))]
pub(crate) type Mark = FileKey;

/// Marks of the file itself; a symbolic link is not followed.
#[cfg(unix)]
pub(crate) fn marks(path: &Path) -> io::Result<Vec<Mark>> {
    use std::os::unix::fs::MetadataExt;
    let found = path.symlink_metadata()?;
    let times = [
        found.mtime(),
        found.mtime_nsec(),
        found.ctime(),
        found.ctime_nsec(),
    ];
    Ok(vec![
        Mark::Number(found.dev(), found.ino()),
        Mark::State(found.dev(), found.len(), times),
    ])
}

/// The resolved path.
#[cfg(not(unix))]
pub(crate) fn marks(path: &Path) -> io::Result<Vec<Mark>> {
    Ok(vec![path.canonicalize()?])
}

/// Identifies a regular file, also one that is a standard stream, which `stream` reports about; `None` for pipes,
/// devices and absent files.
#[cfg(unix)]
pub(crate) fn key(
    location: &Location,
    stream: impl FnOnce() -> io::Result<Metadata>,
) -> Option<FileKey> {
    use std::os::unix::fs::MetadataExt;
    let found = match location {
        Location::File(path) => path.metadata(),
        Location::Standard => stream(),
    };
    let found = found.ok().filter(Metadata::is_file)?;
    Some((found.dev(), found.ino()))
}

/// Identifies a file; `None` for standard streams and absent files.
#[cfg(not(unix))]
pub(crate) fn key(
    location: &Location,
    _: impl FnOnce() -> io::Result<Metadata>,
) -> Option<FileKey> {
    match location {
        Location::File(path) => path.canonicalize().ok(),
        Location::Standard => None,
    }
}
