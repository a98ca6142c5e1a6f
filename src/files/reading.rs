//! Reads inputs.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use pxc_picture::{Picture, ReadOptions, read_picture};
use pxc_runtime::Limits;

use crate::error::Error;
use crate::files::location::Location;
use crate::files::state::FileState;

/// The bytes of an input.
pub(crate) struct Input {
    /// All of them.
    pub(crate) bytes: Vec<u8>,
    /// The state of the file before it was read; `None` for the standard input.
    pub(crate) state: Option<FileState>,
}

/// Reads a whole input.
pub(crate) fn read(location: &Location) -> Result<Vec<u8>, Error> {
    read_input(location).map(|input| input.bytes)
}

/// Reads a whole input and notes the state of the file.
pub(crate) fn read_input(location: &Location) -> Result<Input, Error> {
    let mut bytes = Vec::new();
    let state = match location {
        Location::File(path) => read_file(path, &mut bytes).map(Some),
        Location::Standard => io::stdin().lock().read_to_end(&mut bytes).map(|_| None),
    };
    match state {
        Ok(state) => Ok(Input { bytes, state }),
        Err(source) => Err(Error::Read {
            location: location.clone(),
            source,
        }),
    }
}

fn read_file(path: &Path, bytes: &mut Vec<u8>) -> io::Result<FileState> {
    let mut file = File::open(path)?;
    let state = FileState::of_open(&file)?;
    file.read_to_end(bytes)?;
    Ok(state)
}

/// Reads an image file. Returns its bytes, too.
pub(crate) fn read_image(
    location: &Location,
    allow_lossy: bool,
    limits: &Limits,
) -> Result<(Picture, Input), Error> {
    let input = read_input(location)?;
    let picture = picture(location, &input, allow_lossy, limits)?;
    Ok((picture, input))
}

/// The picture of an image file that was read.
pub(crate) fn picture(
    location: &Location,
    input: &Input,
    allow_lossy: bool,
    limits: &Limits,
) -> Result<Picture, Error> {
    let options = ReadOptions::new(*limits).with_allow_lossy(allow_lossy);
    read_picture(&input.bytes, &options).map_err(|source| Error::Picture {
        location: location.clone(),
        source,
    })
}
