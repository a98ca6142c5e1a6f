//! `.pxc` files that hold a JPEG file: returns that file, its image or a part of it; `None` for files that hold
//! something else.
//!
//! In a build without the feature `jpeg` the codec refuses such files.

use pxc_codec::{Decoded, Rect};

use crate::engine::options::DecompressOptions;
use crate::error::Result;

#[cfg(feature = "jpeg")]
pub(super) use enabled::{compress, decompress, original};

#[cfg(not(feature = "jpeg"))]
pub(super) use disabled::{compress, decompress, original};

/// Decodes a part of the image.
pub(super) fn decompress_region(
    bytes: &[u8],
    region: Rect,
    options: &DecompressOptions<'_>,
) -> Result<Option<Decoded>> {
    let Some(decoded) = decompress(bytes, options)? else {
        return Ok(None);
    };
    let part = decoded.image.cropped(region)?;
    Ok(Some(Decoded::new(part, decoded.header)))
}

#[cfg(feature = "jpeg")]
mod enabled {
    use pxc_codec::{Decoded, JpegFile, read_header};

    use crate::engine::options::{CompressOptions, DecompressOptions};
    use crate::error::Result;

    pub(crate) fn compress(jpeg: &[u8], options: &CompressOptions<'_>) -> Result<Vec<u8>> {
        let (file, _) = pxc_jpeg::compress(jpeg, &options.limits, options.progress)?;
        Ok(file)
    }

    pub(crate) fn original(
        bytes: &[u8],
        options: &DecompressOptions<'_>,
    ) -> Result<Option<Vec<u8>>> {
        if !JpegFile::is_in(bytes) {
            return Ok(None);
        }
        let jpeg = pxc_jpeg::restore(bytes, &options.limits, options.progress)?;
        Ok(Some(jpeg))
    }

    /// Decodes the image; its metadata are in the header.
    pub(crate) fn decompress(
        bytes: &[u8],
        options: &DecompressOptions<'_>,
    ) -> Result<Option<Decoded>> {
        if !JpegFile::is_in(bytes) {
            return Ok(None);
        }
        let picture = pxc_jpeg::decompress(bytes, &options.limits, options.progress)?;
        let mut header = read_header(bytes, &options.limits)?;
        header.metadata = picture.metadata;
        Ok(Some(Decoded::new(picture.image, header)))
    }
}

#[cfg(not(feature = "jpeg"))]
mod disabled {
    use pxc_codec::{Decoded, JpegFile};

    use crate::engine::options::{CompressOptions, DecompressOptions};
    use crate::error::{Error, Result};

    pub(crate) fn compress(_: &[u8], _: &CompressOptions<'_>) -> Result<Vec<u8>> {
        Err(lacking())
    }

    pub(crate) fn original(bytes: &[u8], _: &DecompressOptions<'_>) -> Result<Option<Vec<u8>>> {
        refuse(bytes)
    }

    pub(crate) fn decompress(bytes: &[u8], _: &DecompressOptions<'_>) -> Result<Option<Decoded>> {
        refuse(bytes)
    }

    fn refuse<T>(bytes: &[u8]) -> Result<Option<T>> {
        match JpegFile::is_in(bytes) {
            true => Err(lacking()),
            false => Ok(None),
        }
    }

    fn lacking() -> Error {
        Error::NotInThisBuild {
            what: "decoder of JPEG files",
            feature: "jpeg",
        }
    }
}
