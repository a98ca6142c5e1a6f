//! Two inputs never become one output, and no output replaces an input, whatever their names and `--force`.
//!
//! Everything is checked before the first output is written.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::files::location::{Location, folder, is_special};
use crate::files::state::{FileKey, key};

/// Pairs of an input and its output.
pub(crate) struct Conflicts<'a> {
    inputs: HashMap<FileKey, &'a Location>,
    outputs: HashSet<PathBuf>,
    folders: HashMap<PathBuf, PathBuf>,
}

impl<'a> Conflicts<'a> {
    /// Nothing has been written yet.
    pub(crate) fn new(inputs: impl Iterator<Item = &'a Location>) -> Conflicts<'a> {
        let keys = inputs.filter_map(|input| Some((key(input, "/dev/stdin")?, input)));
        Conflicts {
            inputs: keys.collect(),
            outputs: HashSet::new(),
            folders: HashMap::new(),
        }
    }

    /// Adds the output of one of the inputs.
    pub(crate) fn add(&mut self, output: &Location) -> Result<(), Error> {
        let input = key(output, "/dev/stdout").and_then(|key| self.inputs.get(&key));
        if let Some(&input) = input {
            return Err(Error::SameFile {
                output: output.clone(),
                input: input.clone(),
            });
        }
        if let Location::File(path) = output
            && !is_special(path)
        {
            let real = self.real(path);
            if !self.outputs.insert(real) {
                return Err(Error::Usage {
                    problem: format!("two inputs would both be written to {}", path.display()),
                });
            }
        }
        Ok(())
    }

    /// The path without symbolic links in its folders.
    fn real(&mut self, path: &Path) -> PathBuf {
        let Some(name) = path.file_name() else {
            return path.to_owned();
        };
        let folder = folder(path);
        let real = self.folders.entry(folder.to_owned());
        let real =
            real.or_insert_with(|| folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
        real.join(name)
    }
}
