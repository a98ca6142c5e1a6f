//! Makes sure that two inputs never become one output, and that no output replaces an input, whatever their names and
//! `--force`.
//!
//! Checks everything before the first output is written.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::files::attributes::{FileKey, key};
use crate::files::location::{Location, folder, is_special};
use crate::terminal::standard_output;

/// Why the outputs of some inputs are not written.
#[derive(Default)]
pub(crate) struct Conflicts(HashMap<Location, Conflict>);

enum Conflict {
    /// The output is an input.
    Input { output: Location, same: Location },
    /// The output is also that of another input.
    Output { output: Location, other: Location },
}

impl Conflicts {
    /// Compares all inputs with the outputs of those that have one. Call it before anything is written.
    pub(crate) fn of<'a>(
        inputs: impl Iterator<Item = &'a Location>,
        pairs: impl Iterator<Item = (&'a Location, &'a Location)>,
    ) -> Conflicts {
        let keys = inputs.filter_map(|input| Some((key(input, standard_input)?, input)));
        let keys: HashMap<FileKey, &Location> = keys.collect();
        let (mut folders, mut first) = (HashMap::new(), HashMap::new());
        let mut found = HashMap::new();
        for (input, output) in pairs {
            let mut note = |of: &Location, conflict| {
                found.entry(of.clone()).or_insert(conflict);
            };
            if let Some(same) =
                key(output, standard_output::metadata).and_then(|key| keys.get(&key))
            {
                let (output, same) = (output.clone(), (*same).clone());
                note(input, Conflict::Input { output, same });
            } else if let Location::File(path) = output
                && !is_special(path)
            {
                let other = *first.entry(real(path, &mut folders)).or_insert(input);
                if !std::ptr::eq(other, input) {
                    for (of, other) in [(other, input), (input, other)] {
                        let (output, other) = (output.clone(), other.clone());
                        note(of, Conflict::Output { output, other });
                    }
                }
            }
        }
        Conflicts(found)
    }

    /// Fails for an input with a conflict.
    pub(crate) fn check(&self, input: &Location) -> Result<(), Error> {
        match self.0.get(input) {
            None => Ok(()),
            Some(Conflict::Input { output, same }) => Err(Error::SameFile {
                output: output.clone(),
                input: same.clone(),
            }),
            Some(Conflict::Output { other, .. }) if other == input => Err(Error::Usage {
                problem: format!("{input}: given twice: not processed"),
            }),
            Some(Conflict::Output { output, other }) => Err(Error::SharedOutput {
                input: input.clone(),
                output: output.clone(),
                other: other.clone(),
            }),
        }
    }
}

fn standard_input() -> io::Result<Metadata> {
    Path::new("/dev/stdin").metadata()
}

/// The path without symbolic links in its folders.
fn real(path: &Path, folders: &mut HashMap<PathBuf, PathBuf>) -> PathBuf {
    let Some(name) = path.file_name() else {
        return path.to_owned();
    };
    let folder = folder(path);
    let real = folders.entry(folder.to_owned());
    let real = real.or_insert_with(|| folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
    real.join(name)
}
