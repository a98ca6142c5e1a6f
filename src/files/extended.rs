//! Extended attributes of a file, among them its access control list: what an output gets from its input.
//!
//! Outputs do not get labels that the system assigns by its own rules (such as `security.selinux`). Others that belong
//! to it (`trusted.*`, Samba's `security.NTACL`) are lost, and pxc reports that.

#[cfg(unix)]
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs::File;
#[cfg(unix)]
use std::io;

#[cfg(unix)]
use nix::errno::Errno;
#[cfg(unix)]
use xattr::FileExt;

/// The attribute that is the access control list of a file on Linux.
#[cfg(unix)]
const ACCESS_LIST: &str = "system.posix_acl_access";

/// The most bytes of names and values together. They are in memory beside the picture.
#[cfg(unix)]
const MOST_BYTES: usize = 1 << 20;

/// What an output gets from its input.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extended {
    access_list: Option<Vec<u8>>,
    /// Names and values, without the access control list.
    attributes: Vec<(OsString, Vec<u8>)>,
    /// Attributes that exist but were not read, in words.
    unread: Vec<String>,
    /// Whether there may be an access control list that could not be read.
    may_have_access_list: bool,
}

/// The extended attributes of an input that its output does not keep.
#[derive(Debug, Default)]
pub(crate) struct MissingAttributes {
    /// The names of the attributes.
    pub(crate) names: Vec<String>,
    /// What loses them, in words.
    pub(crate) keeper: &'static str,
}

impl Extended {
    /// Reads the attributes of an open file. There are none on a file system without them.
    #[cfg(unix)]
    pub(crate) fn of(file: &File) -> Extended {
        let mut found = Extended::default();
        match supported(file.get_xattr(ACCESS_LIST)) {
            Ok(list) => found.access_list = list,
            Err(error) => {
                found.may_have_access_list = true;
                found.unread.push(unreadable(ACCESS_LIST, &error));
            }
        }
        match supported(file.list_xattr().map(Vec::from_iter)) {
            Ok(names) => found.read(names, file),
            Err(error) => found.unread.push(unreadable("extended attributes", &error)),
        }
        found
    }

    /// Returns nothing: this system has none.
    #[cfg(not(unix))]
    pub(crate) fn of(_: &File) -> Extended {
        Extended::default()
    }

    /// Reads one value after the other, as long as they are few bytes.
    #[cfg(unix)]
    fn read(&mut self, names: Vec<OsString>, file: &File) {
        let mut bytes = 0;
        for name in names {
            if is_lost(&name) {
                self.unread.push(name.to_string_lossy().into_owned());
            }
            if !is_taken_over(&name) {
                continue;
            }
            match supported(file.get_xattr(&name)) {
                Ok(Some(value)) => {
                    bytes += name.len() + value.len();
                    self.attributes.push((name, value));
                }
                Ok(None) => {}
                Err(error) => self
                    .unread
                    .push(unreadable(&name.to_string_lossy(), &error)),
            }
            if bytes > MOST_BYTES {
                self.attributes = Vec::new();
                let most = MOST_BYTES >> 20;
                self.unread = vec![format!("extended attributes (more than {most} MiB)")];
                return;
            }
        }
    }

    /// Gives the attributes to a file that its owner may write, as far as its file system takes them, except the access
    /// control list.
    #[cfg(unix)]
    pub(crate) fn give_attributes(&self, file: &File) {
        for (name, value) in &self.attributes {
            // See `missing_in` for what is refused.
            let _ = file.set_xattr(name, value);
        }
    }

    /// Gives the access control list to a file, if its file system takes it.
    #[cfg(unix)]
    pub(crate) fn give_access_list(&self, file: &File) {
        if let Some(list) = &self.access_list {
            let _ = file.set_xattr(ACCESS_LIST, list);
        }
    }

    /// Whether there may be an access control list. The group's permissions of the file are then the most that anyone
    /// on the list has, not the group's own.
    #[cfg(unix)]
    pub(crate) fn may_have_access_list(&self) -> bool {
        self.access_list.is_some() || self.may_have_access_list
    }

    /// The attributes that a file does not have.
    #[cfg(unix)]
    pub(crate) fn missing_in(&self, file: &File) -> MissingAttributes {
        let lacks = |name: &OsStr, value: &[u8]| {
            let found = file.get_xattr(name).ok().flatten();
            found.as_deref() != Some(value)
        };
        let list = self.access_list.iter();
        let list = list.map(|list| (OsStr::new(ACCESS_LIST), list));
        let others = self.attributes.iter();
        let all = list.chain(others.map(|(name, value)| (name.as_os_str(), value)));
        let missing = all.filter(|(name, value)| lacks(name, value));
        let missing = missing.map(|(name, _)| name.to_string_lossy().into_owned());
        MissingAttributes {
            names: missing.chain(self.unread.iter().cloned()).collect(),
            keeper: match self.unread.is_empty() {
                true => "the file system of the output",
                false => "the output",
            },
        }
    }

    /// Returns nothing: this system has none.
    #[cfg(not(unix))]
    pub(crate) fn missing_in(&self, _: &File) -> MissingAttributes {
        MissingAttributes::default()
    }
}

/// Removes the access control list that a new file has from its folder. Returns whether the file then has none.
#[cfg(unix)]
pub(crate) fn remove_access_list(file: &File) -> bool {
    let _ = file.remove_xattr(ACCESS_LIST);
    matches!(supported(file.get_xattr(ACCESS_LIST)), Ok(None))
}

/// Turns the error of a system without extended attributes into an empty result.
#[cfg(unix)]
fn supported<T: Default>(found: io::Result<T>) -> io::Result<T> {
    const REFUSALS: [Errno; 3] = [Errno::EOPNOTSUPP, Errno::ENOTSUP, Errno::ENOSYS];
    found.or_else(|error| {
        let errno = error.raw_os_error().map(Errno::from_raw);
        match errno.is_some_and(|errno| REFUSALS.contains(&errno)) {
            true => Ok(T::default()),
            false => Err(error),
        }
    })
}

#[cfg(unix)]
fn unreadable(what: &str, error: &io::Error) -> String {
    format!("{what} (cannot be read: {error})")
}

/// Whether an attribute belongs to the system and no rule of it gives the output the same.
#[cfg(unix)]
fn is_lost(name: &OsStr) -> bool {
    const LABELS: [&str; 5] = ["selinux", "apparmor", "ima", "evm", "SMACK64"];
    let name = name.to_string_lossy();
    let label = name.strip_prefix("security.");
    let is_given = |label: &str| LABELS.iter().any(|given| label.starts_with(given));
    name.starts_with("trusted.") || label.is_some_and(|label| !is_given(label))
}

#[cfg(unix)]
fn is_taken_over(name: &OsStr) -> bool {
    // macOS has no namespaces, and sets `com.apple.provenance` itself.
    let is_apples = cfg!(target_os = "macos") && name != "com.apple.provenance";
    name.as_encoded_bytes().starts_with(b"user.") || is_apples
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_does_not_give_again_is_lost() {
        for (name, expected) in [
            ("trusted.key", true),
            ("security.NTACL", true),
            ("security.capability", true),
            ("security.selinux", false),
            ("security.SMACK64EXEC", false),
            ("user.trusted.key", false),
            ("system.posix_acl_access", false),
        ] {
            assert_eq!(is_lost(OsStr::new(name)), expected, "{name}");
        }
    }
}
