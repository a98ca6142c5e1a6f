//! Rebuilds the file that a `.pxc` file was made from.
//!
//! A build without the feature `exact` returns only JPEG files.

use pxc_codec::Header;

#[cfg(feature = "exact")]
pub(super) use enabled::restore;

#[cfg(not(feature = "exact"))]
pub(super) use disabled::restore;

/// Whether a `.pxc` file keeps the bytes of the file that it was made from, so that
/// [`Engine::original_file`](crate::Engine::original_file) returns them.
pub fn has_original(header: &Header) -> bool {
    #[cfg(feature = "exact")]
    let is_described = pxc_picture::exact::find(&header.metadata).is_some();
    #[cfg(not(feature = "exact"))]
    let is_described = false;
    header.holds_jpeg || is_described
}

#[cfg(feature = "exact")]
mod enabled {
    use pxc_codec::{Decoded, Progress};
    use pxc_picture::OutputFormat;
    use pxc_picture::exact::{self, ExactFile, Source};

    use crate::engine::options::DecompressOptions;
    use crate::error::{Error, Result};

    /// The file that a decoded image and its metadata describe.
    pub(crate) fn restore(
        decoded: &Decoded,
        options: &DecompressOptions<'_>,
    ) -> Result<Option<Vec<u8>>> {
        let limits = &options.limits;
        let (image, metadata) = (&decoded.image, &decoded.header.metadata);
        let Some(description) = exact::find(metadata) else {
            return Ok(None);
        };
        if description.format != OutputFormat::Png {
            return Ok(Some(exact::restore(description.data, image, limits)?));
        }
        let held = 2 * image.samples().len() + description.data.len();
        let limits = limits.reserve(held as u64)?;
        let file = ExactFile::parse(description.data, image, metadata, &limits)?;
        let deflate = match file.source() {
            Source::Known(stream) => {
                let total = u64::from(image.width()) * u64::from(image.height());
                let finished = Progress { done: total, total };
                let go_on = || {
                    options
                        .progress
                        .is_none_or(|callback| callback(finished).is_continue())
                };
                stream.make(go_on)?.ok_or(pxc_codec::Error::Cancelled)?
            }
            Source::Stretches(_) => return Err(Error::UnknownEncoder),
        };
        Ok(Some(file.assemble(&deflate)?))
    }
}

#[cfg(not(feature = "exact"))]
mod disabled {
    use pxc_codec::Decoded;

    use crate::engine::options::DecompressOptions;
    use crate::error::Result;

    pub(crate) fn restore(_: &Decoded, _: &DecompressOptions<'_>) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }
}
