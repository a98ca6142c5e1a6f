//! Reads inputs.

use std::fs::File;
use std::io::{self, Read};

use pxc_picture::{Picture, ReadOptions, read_picture};
use pxc_runtime::Limits;

use crate::error::Error;
use crate::files::attributes::FileState;
use crate::files::beginning::Beginning;
use crate::files::inputs::kind::{HEAD, Kind};
use crate::files::location::{Location, is_special};

/// The bytes of an input.
pub(crate) struct Input {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// The state of the file before it was read; `None` for standard input.
    pub(crate) state: Option<FileState>,
}

/// Reads a whole input of at most `max_memory` bytes and notes the state of the file.
pub(crate) fn read_input(location: &Location, limits: &Limits) -> Result<Input, Error> {
    let failed = |source| Error::Read {
        location: location.clone(),
        source,
    };
    let most = limits.max_memory;
    let (length, bytes, state) = match location {
        Location::File(path) => {
            let file = File::open(path).map_err(failed)?;
            let state = FileState::of_open(&file).map_err(failed)?;
            match state.bytes() {
                length if length > most => (length, Vec::new(), Some(state)),
                _ => (0, read_at_most(most, file).map_err(failed)?, Some(state)),
            }
        }
        Location::Standard => {
            let bytes = read_at_most(most, io::stdin().lock());
            (0, bytes.map_err(failed)?, None)
        }
    };
    // Pipes and devices have no known length, and files may grow.
    let found = length.max(bytes.len() as u64);
    limits.reserve(found).map_err(|source| Error::Codec {
        location: location.clone(),
        source: Box::new(source.into()),
    })?;
    Ok(Input { bytes, state })
}

/// Reads the beginning of a file, where nearly all previews end. `None` for what can be read only once.
pub(crate) fn read_beginning(location: &Location) -> Result<Option<Input>, Error> {
    const BYTES: u64 = 1 << 17;
    let path = match location {
        Location::File(path) if !is_special(path) => path,
        _ => return Ok(None),
    };
    let read = || {
        let file = File::open(path)?;
        let state = Some(FileState::of_open(&file)?);
        let bytes = read_at_most(BYTES - 1, file)?;
        Ok(Some(Input { bytes, state }))
    };
    read().map_err(|source| Error::Read {
        location: location.clone(),
        source,
    })
}

/// Reads all bytes, or one more than `most` if there are more.
fn read_at_most(most: u64, source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads an image file. Also returns its bytes.
pub(crate) fn read_image(
    location: &Location,
    allow_lossy: bool,
    limits: &Limits,
) -> Result<(Picture, Input), Error> {
    let input = read_input(location, limits)?;
    let picture = picture(location, &input, allow_lossy, limits)?;
    Ok((picture, input))
}

/// Decodes the picture of an image file that was read.
pub(crate) fn picture(
    location: &Location,
    input: &Input,
    allow_lossy: bool,
    limits: &Limits,
) -> Result<Picture, Error> {
    let options = ReadOptions::new(*limits).with_allow_lossy(allow_lossy);
    read_picture(&input.bytes, &options).map_err(|source| {
        let location = location.clone();
        match (&source, Kind::of(&input.bytes)) {
            (pxc_picture::Error::UnknownFormat { .. }, Kind::Coded) => Error::Coded { location },
            (pxc_picture::Error::UnknownFormat { .. }, Kind::Unsupported(format)) => {
                Error::UnsupportedFormat { location, format }
            }
            _ => Error::Picture { location, source },
        }
    })
}

/// Reads a whole .pxc file. Fails if it is an image.
pub(crate) fn read_coded(location: &Location, limits: &Limits) -> Result<Input, Error> {
    let input = read_input(location, limits)?;
    if input.bytes.is_empty() {
        return Err(Error::Empty {
            location: location.clone(),
        });
    }
    check_kind(location, Kind::of(&input.bytes))?;
    Ok(input)
}

/// Fails if the first bytes of a file are those of an image. Other files may fail later.
pub(crate) fn check_head(location: &Location) -> Result<(), Error> {
    let read = || match Beginning::open(location)? {
        Some(mut file) => Ok(Kind::of(file.read(HEAD)?)),
        None => Ok(Kind::Other),
    };
    match read() {
        Ok(kind) => check_kind(location, kind),
        Err(source) => Err(Error::Read {
            location: location.clone(),
            source,
        }),
    }
}

fn check_kind(location: &Location, kind: Kind) -> Result<(), Error> {
    let location = location.clone();
    match kind {
        Kind::Picture(format) => Err(Error::NotCoded {
            location,
            found: format.name(),
            advice: " (to compress it, use pxc compress)",
        }),
        Kind::Unsupported(found) => Err(Error::NotCoded {
            location,
            found,
            advice: "",
        }),
        Kind::Coded | Kind::Other => Ok(()),
    }
}
