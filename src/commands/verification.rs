//! Checks that the output on disk decodes to what was read, for `--verify` and `--rm`.

use pxc_picture::{OutputFormat, ReadOptions, exact, read_picture};
use pxc_runtime::Image;

use crate::coding::encoding::coded::CodedFile;
use crate::coding::encoding::task::EncodingTask;
use crate::coding::engine::Coding;
use crate::error::Error;
use crate::files::location::Location;
use crate::terminal::progress::FileMeter;

/// Decodes a .pxc file with tract and compares it with the picture and, if it promises the exact file, with the input.
pub(crate) fn verify_coded(
    task: &EncodingTask<'_>,
    file: &CodedFile,
    written: &[u8],
) -> Result<(), Error> {
    let (coding, location, meter) = (task.coding, task.paths.input, task.meter);
    let (picture, input) = (&file.picture, &file.input);
    if let Some(restored) = coding.original_jpeg(location, written, meter)? {
        return require(restored == input.bytes, location);
    }
    let decoded = coding.decompress_with_tract(location, written, meter)?;
    let (image, metadata) = (decoded.image, decoded.header.metadata);
    let is_equal = image == picture.image && metadata == picture.metadata;
    require(is_equal, location)?;
    if exact::find(&metadata).is_some() {
        let (rebuilt, _) = coding.rebuild(location, image, metadata, meter)?;
        require(rebuilt == input.bytes, location)?;
    }
    Ok(())
}

/// Restores the file that a .pxc file keeps byte for byte; `None` if it keeps none.
pub(crate) fn promised_file(
    task: &EncodingTask<'_>,
    coded: &[u8],
) -> Result<Option<Vec<u8>>, Error> {
    let (coding, location, meter) = (task.coding, task.paths.input, task.meter);
    if let Some(restored) = coding.original_jpeg(location, coded, meter)? {
        return Ok(Some(restored));
    }
    let decoded = coding.decompress_with_tract(location, coded, meter)?;
    let (image, metadata) = (decoded.image, decoded.header.metadata);
    if exact::find(&metadata).is_none() {
        return Ok(None);
    }
    let (rebuilt, _) = coding.rebuild(location, image, metadata, meter)?;
    Ok(Some(rebuilt))
}

/// Reads an image file again and compares it with an image, as far as the format holds it.
pub(crate) fn verify_image_file(
    coding: &Coding,
    location: &Location,
    image: Image,
    format: OutputFormat,
    written: Vec<u8>,
    meter: &FileMeter<'_>,
) -> Result<(), Error> {
    let options = ReadOptions::new(*coding.limits()).with_allow_lossy(true);
    let compare = move || {
        let found = read_picture(&written, &options).ok();
        let expected = format.fit(image);
        found
            .zip(expected)
            .is_some_and(|(found, expected)| has_same_colors(found.image, expected))
    };
    require(coding.in_time(location, meter, compare)?, location)
}

/// Fails unless the written data is equal to what was read.
pub(crate) fn require(is_equal: bool, location: &Location) -> Result<(), Error> {
    match is_equal {
        true => Ok(()),
        false => Err(Error::Verification {
            location: location.clone(),
        }),
    }
}

/// Whether two images are equal, at least as RGB: BMP keeps gray as a palette.
fn has_same_colors(found: Image, expected: Image) -> bool {
    let plain = |image| OutputFormat::Qoi.fit(image);
    found == expected || plain(found).is_some_and(|found| plain(expected) == Some(found))
}
