//! Removes an input whose output is complete, verified and on the disk, unless the input has changed since it was read.

use std::fs;
use std::path::PathBuf;

use crate::arguments::files::OutputArguments;
use crate::error::Error;
use crate::files::attributes::FileState;
use crate::files::location::{Location, is_special};

/// An input to remove.
pub(crate) struct Removal {
    path: PathBuf,
    /// As it was when it was opened.
    read: FileState,
}

impl Removal {
    /// The input, if `--rm` is given.
    pub(crate) fn of(
        input: &Location,
        read: Option<&FileState>,
        options: &OutputArguments,
    ) -> Option<Removal> {
        match (input, read) {
            (Location::File(path), Some(read)) if options.remove => Some(Removal {
                path: path.clone(),
                read: read.clone(),
            }),
            _ => None,
        }
    }

    /// Fails if the input is no longer what was read.
    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        let now = FileState::of(&self.path).map_err(|source| Error::Read {
            location: Location::File(self.path.clone()),
            source,
        })?;
        match self.read.is_unchanged(&now) {
            true => Ok(()),
            false => Err(Error::Changed {
                path: self.path.clone(),
            }),
        }
    }

    /// Removes the input. The output must be complete and on disk under its final name.
    pub(crate) fn remove(self) -> Result<(), Error> {
        self.check_unchanged()?;
        fs::remove_file(&self.path).map_err(|source| Error::Remove {
            path: self.path,
            source,
        })
    }
}

/// Checks that `--rm` can be obeyed: inputs and outputs are files that stay.
pub(crate) fn check_options<'a>(
    options: &OutputArguments,
    mut inputs: impl Iterator<Item = &'a Location>,
) -> Result<(), Error> {
    let mut output = options.output.iter();
    let to_stream = output.any(|path| path.as_os_str() == "-" || is_special(path));
    if options.remove && (to_stream || inputs.any(|input| *input == Location::Standard)) {
        return Err(Error::Usage {
            problem: "--rm needs files: it cannot be used with standard input, standard output \
                      or a device"
                .into(),
        });
    }
    Ok(())
}
