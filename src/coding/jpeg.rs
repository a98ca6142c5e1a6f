//! JPEG files, which .pxc files hold byte for byte.
//!
//! In: the bytes of a JPEG or a .pxc file. Out: the other one, or the picture. Errors name the input.

use pxc_picture::{
    InputFormat, JpegFile, Picture, ReadOptions, compress_jpeg, read_picture, restore_jpeg,
};
use pxc_runtime::Limits;

use crate::error::Error;
use crate::files::location::Location;

/// Whether a file is a JPEG file.
pub(crate) fn is_jpeg(bytes: &[u8]) -> bool {
    InputFormat::detect(bytes) == Some(InputFormat::Jpeg)
}

/// The bytes of a .pxc file that holds the JPEG file, and its picture, of which nothing is lost.
pub(crate) fn compress(
    location: &Location,
    jpeg: &[u8],
    limits: &Limits,
) -> Result<(Vec<u8>, Picture), Error> {
    let (bytes, mut picture) =
        compress_jpeg(jpeg, limits).map_err(|source| at(location, source))?;
    picture.dropped.clear();
    Ok((bytes, picture))
}

/// A JPEG file that a .pxc file holds, equal to its digest.
pub(crate) struct Restored {
    /// The JPEG file.
    pub(crate) bytes: Vec<u8>,
    /// Samples of its image.
    pub(crate) samples: usize,
}

/// The JPEG file that a .pxc file holds; `None` if it holds something else.
pub(crate) fn restore(
    location: &Location,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Option<Restored>, Error> {
    if !JpegFile::is_in(bytes) {
        return Ok(None);
    }
    let file = JpegFile::read(bytes, limits).map_err(|source| Error::Codec {
        location: location.clone(),
        source: Box::new(source.into()),
    })?;
    let Some(file) = file else {
        return Ok(None);
    };
    let bytes = restore_jpeg(&file, limits).map_err(|source| at(location, source))?;
    let samples = file.width as usize * file.height as usize * file.color.channels();
    Ok(Some(Restored { bytes, samples }))
}

/// The picture of a JPEG file, with the names of what it lacks.
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
