//! Reads and removes inputs.

use std::fs;
use std::io::{self, Read};

use pxc_picture::{Picture, ReadOptions, read_picture};
use pxc_runtime::Limits;

use crate::error::Error;
use crate::files::location::Location;

/// Reads a whole input.
pub(crate) fn read(location: &Location) -> Result<Vec<u8>, Error> {
    let bytes = match location {
        Location::File(path) => fs::read(path),
        Location::Standard => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        }
    };
    bytes.map_err(|source| Error::Read {
        location: location.clone(),
        source,
    })
}

/// Removes an input. Does nothing for the standard input.
pub(crate) fn remove(location: &Location) -> Result<(), Error> {
    match location {
        Location::Standard => Ok(()),
        Location::File(path) => fs::remove_file(path).map_err(|source| Error::Remove {
            path: path.clone(),
            source,
        }),
    }
}

/// Reads an image file. Returns its bytes, too.
pub(crate) fn read_image(
    location: &Location,
    allow_lossy: bool,
    limits: &Limits,
) -> Result<(Picture, Vec<u8>), Error> {
    let bytes = read(location)?;
    let options = ReadOptions::new(*limits).with_allow_lossy(allow_lossy);
    match read_picture(&bytes, &options) {
        Ok(picture) => Ok((picture, bytes)),
        Err(source) => Err(Error::Picture {
            location: location.clone(),
            source,
        }),
    }
}
