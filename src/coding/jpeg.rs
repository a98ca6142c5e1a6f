//! Compresses JPEG files, which .pxc files hold byte for byte.
//!
//! In: the bytes of a JPEG file. Out: a .pxc file, or the picture. Errors name the input. [`Coding::original_jpeg`] is
//! the way back.

use pxc_picture::{
    InputFormat, MetadataChunk, Picture, ReadOptions, check_jpeg, compress_jpeg, exact,
    read_picture, with_metadata,
};
use pxc_runtime::{Limits, read_header};

use crate::coding::engine::Coding;
use crate::error::Error;
use crate::files::location::Location;
use crate::terminal::progress::FileMeter;

/// Whether a file is a JPEG file.
pub(crate) fn is_jpeg(bytes: &[u8]) -> bool {
    InputFormat::detect(bytes) == Some(InputFormat::Jpeg)
}

/// Stores a JPEG file, and its extension if necessary, in a .pxc file. Returns the bytes of the latter and the picture,
/// which has no losses.
pub(crate) fn compress(
    location: &Location,
    jpeg: &[u8],
    name: Option<MetadataChunk>,
    coding: &Coding,
    meter: &FileMeter<'_>,
) -> Result<(Vec<u8>, Picture), Error> {
    let advance = coding.listener(meter);
    let compressed = compress_jpeg(jpeg, coding.limits(), Some(&advance));
    let (mut bytes, mut picture) = compressed.map_err(|error| match error {
        pxc_picture::Error::Limit { source } => coding.failed(location, source.into()),
        error => at(location, error),
    })?;
    picture.dropped.clear();
    if let Some(name) = name {
        let named = with_metadata(&bytes, &[name], coding.limits(), Some(&advance));
        bytes = named.map_err(|source| coding.failed(location, source.into()))?;
    }
    Ok((bytes, picture))
}

/// Fails for a JPEG file of a kind that pxc does not keep.
pub(crate) fn check(location: &Location, jpeg: &[u8]) -> Result<(), Error> {
    check_jpeg(jpeg).map_err(|source| at(location, source))
}

/// A JPEG file that a .pxc file holds, compared with its digest.
pub(crate) struct Restored {
    /// The JPEG file.
    pub(crate) bytes: Vec<u8>,
    /// Samples of its image.
    pub(crate) samples: usize,
    /// The extension of its name, if that is unusual.
    pub(crate) extension: Option<String>,
}

/// Restores the JPEG file that a .pxc file holds; `None` if it holds something else.
pub(crate) fn restore(
    location: &Location,
    bytes: &[u8],
    coding: &Coding,
    meter: &FileMeter<'_>,
) -> Result<Option<Restored>, Error> {
    let Some(jpeg) = coding.original_jpeg(location, bytes, meter)? else {
        return Ok(None);
    };
    let header = read_header(bytes, coding.limits()).expect("it was read before");
    let pixels = header.width as usize * header.height as usize;
    Ok(Some(Restored {
        bytes: jpeg,
        samples: pixels * header.color.channels(),
        extension: exact::extension(&header.metadata).map(str::to_owned),
    }))
}

/// Decodes the picture of a JPEG file, with the names of what it lacks.
pub(crate) fn picture(location: &Location, jpeg: &[u8], limits: &Limits) -> Result<Picture, Error> {
    let options = ReadOptions::new(*limits).with_allow_lossy(true);
    read_picture(jpeg, &options).map_err(|source| at(location, source))
}

fn at(location: &Location, source: pxc_picture::Error) -> Error {
    Error::Picture {
        location: location.clone(),
        source,
    }
}
