//! Whether the output on disk decodes to what was read: for `--verify` and `--rm`.

use pxc_picture::{OutputFormat, Picture, ReadOptions, exact, read_picture};
use pxc_runtime::{Image, Limits};

use crate::coding::engine::Coding;
use crate::error::Error;
use crate::files::location::Location;
use crate::files::reading::Input;
use crate::terminal::progress::FileMeter;

/// Decodes a .pxc file with tract and compares it with the picture and, if it promises the exact file, with the input.
pub(crate) fn verify_coded(
    coding: &Coding,
    location: &Location,
    (picture, input): (&Picture, &Input),
    written: &[u8],
    meter: &FileMeter<'_>,
) -> Result<(), Error> {
    if let Some(restored) = coding.original_jpeg(location, written, meter)? {
        return require(restored == input.bytes, location);
    }
    let decoded = coding.decompress_with_tract(location, written, meter)?;
    let metadata = &decoded.header.metadata;
    let mut is_equal = decoded.image == picture.image && *metadata == picture.metadata;
    if let Some(description) = exact::find(metadata) {
        let rebuilt = coding.rebuild(location, description, &decoded.image, metadata, meter)?;
        is_equal &= rebuilt == input.bytes;
    }
    require(is_equal, location)
}

/// Reads an image file again and compares it with the image, after [`OutputFormat::fit`].
pub(crate) fn verify_image_file(
    location: &Location,
    image: Option<Image>,
    written: &[u8],
    limits: &Limits,
) -> Result<(), Error> {
    let options = ReadOptions::new(*limits).with_allow_lossy(true);
    let found = read_picture(written, &options).ok();
    let is_equal = match (found, image) {
        (Some(picture), Some(image)) => has_same_colors(picture.image, image),
        _ => false,
    };
    require(is_equal, location)
}

/// Fails unless what was written is equal to what was read.
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
