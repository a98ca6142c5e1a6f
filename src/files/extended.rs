//! Extended attributes of a file, among them its access control list: what an output takes over of its input.
//!
//! Those that belong to the system (`security.*`, `trusted.*`) are not taken over: its own rules give them.

#[cfg(unix)]
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs::File;

#[cfg(unix)]
use xattr::FileExt;

/// The attribute that is the access control list of a file on Linux.
#[cfg(unix)]
const ACCESS_LIST: &str = "system.posix_acl_access";

/// Names and values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extended(Vec<(OsString, Vec<u8>)>);

impl Extended {
    /// Those of an open file. Where the system tells of none, there are none.
    #[cfg(unix)]
    pub(crate) fn of(file: &File) -> Extended {
        let names = file.list_xattr().into_iter().flatten();
        let found = names.filter(|name| is_taken_over(name));
        let found = found.filter_map(|name| {
            let value = file.get_xattr(&name).ok()??;
            Some((name, value))
        });
        Extended(found.collect())
    }

    /// Nothing: they are not known here.
    #[cfg(not(unix))]
    pub(crate) fn of(_: &File) -> Extended {
        Extended::default()
    }

    /// Gives them to a file that its owner may write, as far as its file system takes them, except the access control
    /// list.
    #[cfg(unix)]
    pub(crate) fn give_attributes(&self, file: &File) {
        let attributes = self.0.iter().filter(|(name, _)| name != ACCESS_LIST);
        give(attributes, file);
    }

    /// Gives the access control list to a file, if its file system takes it.
    #[cfg(unix)]
    pub(crate) fn give_access_list(&self, file: &File) {
        give(self.access_list(), file);
    }

    /// Whether there is an access control list. The group's permissions of the file are then the most that anyone on
    /// the list has, not the group's own.
    #[cfg(unix)]
    pub(crate) fn has_access_list(&self) -> bool {
        self.access_list().next().is_some()
    }

    #[cfg(unix)]
    fn access_list(&self) -> impl Iterator<Item = &(OsString, Vec<u8>)> {
        self.0.iter().filter(|(name, _)| name == ACCESS_LIST)
    }

    /// The names of those that a file does not have.
    pub(crate) fn missing_in(&self, file: &File) -> Vec<String> {
        let found = Extended::of(file).0;
        let missing = self.0.iter().filter(|attribute| !found.contains(attribute));
        missing
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .collect()
    }
}

/// See [`Extended::missing_in`] for what is refused.
#[cfg(unix)]
fn give<'a>(attributes: impl Iterator<Item = &'a (OsString, Vec<u8>)>, file: &File) {
    for (name, value) in attributes {
        let _ = file.set_xattr(name, value);
    }
}

#[cfg(unix)]
fn is_taken_over(name: &OsStr) -> bool {
    // macOS has no namespaces, and sets `com.apple.provenance` itself.
    let is_apples = cfg!(target_os = "macos") && name != "com.apple.provenance";
    name.as_encoded_bytes().starts_with(b"user.") || name == ACCESS_LIST || is_apples
}
