//! Inputs and the names of outputs: `img.png` → `img.pxc` and back, `-` for the standard streams.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::arguments::OutputArguments;
use crate::error::{Error, Place};

/// Which way a command goes; decides the suffix of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// `.png` → `.pxc`.
    Compress,
    /// `.pxc` → `.png`.
    Decompress,
}

/// Reads a whole input.
pub(crate) fn read(place: &Place) -> Result<Vec<u8>, Error> {
    let bytes = match place {
        Place::File(path) => fs::read(path),
        Place::Standard => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        }
    };
    bytes.map_err(|source| Error::Read {
        place: place.clone(),
        source,
    })
}

/// Refuses options that cannot be carried out for these inputs, before anything is read.
pub(crate) fn check_usage(inputs: &[PathBuf], output: &OutputArguments) -> Result<(), Error> {
    let to_one_file = output.output.as_deref().is_some_and(|path| !path.is_dir());
    if inputs.len() > 1 && to_one_file {
        return usage(
            "several inputs cannot go to one output: give a directory with --output, or none",
        );
    }
    if inputs.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return usage("the standard input can be read only once");
    }
    Ok(())
}

/// Where the result for `input` goes.
pub(crate) fn target(
    input: &Place,
    output: Option<&Path>,
    direction: Direction,
) -> Result<Place, Error> {
    match (input, output) {
        (Place::File(path), Some(directory)) if directory.is_dir() => {
            let name = path.file_name().map(Path::new).unwrap_or(path);
            Ok(Place::File(
                directory.join(with_suffix(input, name, direction)?),
            ))
        }
        (Place::Standard, Some(directory)) if directory.is_dir() => Err(Error::OutputName {
            place: input.clone(),
        }),
        (_, Some(output)) => Ok(Place::new(output)),
        (Place::File(path), None) => Ok(Place::File(with_suffix(input, path, direction)?)),
        (Place::Standard, None) => Ok(Place::Standard),
    }
}

/// Removes an input that was handled. The standard input is not a file that could be.
pub(crate) fn remove(place: &Place) -> Result<(), Error> {
    match place {
        Place::Standard => Ok(()),
        Place::File(path) => fs::remove_file(path).map_err(|source| Error::Remove {
            path: path.clone(),
            source,
        }),
    }
}

fn with_suffix(input: &Place, path: &Path, direction: Direction) -> Result<PathBuf, Error> {
    let suffix = path.extension().unwrap_or_default();
    match direction {
        Direction::Compress if is(suffix, "png") => Ok(path.with_extension("pxc")),
        Direction::Compress => {
            let mut name = path.as_os_str().to_owned();
            name.push(".pxc");
            Ok(name.into())
        }
        Direction::Decompress if is(suffix, "pxc") => Ok(path.with_extension("png")),
        Direction::Decompress => Err(Error::OutputName {
            place: input.clone(),
        }),
    }
}

fn is(suffix: &OsStr, expected: &str) -> bool {
    suffix.eq_ignore_ascii_case(expected)
}

fn usage(problem: &str) -> Result<(), Error> {
    Err(Error::Usage {
        problem: problem.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(input: &str, direction: Direction) -> Result<Place, Error> {
        target(&Place::new(Path::new(input)), None, direction)
    }

    fn file(path: &str) -> Place {
        Place::File(path.into())
    }

    #[test]
    fn outputs_stand_beside_their_inputs() {
        let compressed = |input| name(input, Direction::Compress).expect("a name");
        assert_eq!(compressed("a/img.png"), file("a/img.pxc"));
        assert_eq!(compressed("IMG.PNG"), file("IMG.pxc"));
        assert_eq!(compressed("scan"), file("scan.pxc"));
        assert_eq!(compressed("v1.2"), file("v1.2.pxc"));
        assert_eq!(compressed("-"), Place::Standard);
        assert_eq!(
            name("a/img.pxc", Direction::Decompress).expect("a name"),
            file("a/img.png")
        );
    }

    #[test]
    fn an_unknown_suffix_needs_an_output() {
        assert!(matches!(
            name("img.zip", Direction::Decompress),
            Err(Error::OutputName { .. })
        ));
        assert!(matches!(
            name("img", Direction::Decompress),
            Err(Error::OutputName { .. })
        ));
    }
}
