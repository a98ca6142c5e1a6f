//! `.pxc` files that hold a JPEG file: returns that file, its image or a part of it; `None` for files that hold
//! something else.
//!
//! In a build without the feature `jpeg` the codec refuses such files.

use pxc_codec::{Decoded, Rect};

use crate::engine::options::DecompressOptions;
use crate::error::Result;

#[cfg(feature = "jpeg")]
pub(super) use enabled::{compress, decompress, decompress_thumbnail, original};

#[cfg(not(feature = "jpeg"))]
pub(super) use disabled::{compress, decompress, decompress_thumbnail, original};

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
    use pxc_codec::{Decoded, Image, JpegFile, read_header};

    use crate::engine::options::{CompressOptions, DecompressOptions};
    use crate::error::Result;

    /// The longest side of a thumbnail.
    const LONGEST: u32 = 256;

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

    /// Decodes a thumbnail: the means of blocks of pixels.
    pub(crate) fn decompress_thumbnail(
        bytes: &[u8],
        options: &DecompressOptions<'_>,
    ) -> Result<Option<Decoded>> {
        let Some(decoded) = decompress(bytes, options)? else {
            return Ok(None);
        };
        let thumbnail = means(&decoded.image)?;
        Ok(Some(Decoded::new(thumbnail, decoded.header)))
    }

    fn means(image: &Image) -> Result<Image> {
        let side = image.width().max(image.height()).div_ceil(LONGEST);
        let (width, height) = (image.width().div_ceil(side), image.height().div_ceil(side));
        let channels = image.color().channels();
        let (row_bytes, side) = (image.width() as usize * channels, side as usize);
        let mut samples = Vec::with_capacity((width * height) as usize * channels);
        for rows in image.samples().chunks(row_bytes * side) {
            for column in 0..width as usize {
                for channel in 0..channels {
                    let in_block = |row: &[u8]| -> (u64, u64) {
                        let block = row.chunks_exact(channels).skip(column * side).take(side);
                        block.fold((0, 0), |(sum, count), pixel| {
                            (sum + u64::from(pixel[channel]), count + 1)
                        })
                    };
                    let parts = rows.chunks_exact(row_bytes).map(in_block);
                    let (sum, count) = parts.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
                    samples.push(((sum + count / 2) / count) as u8);
                }
            }
        }
        Ok(Image::new(width, height, image.color(), samples)?)
    }

    #[cfg(test)]
    mod tests {
        use pxc_codec::ColorType;

        use super::*;

        #[test]
        fn small_images_are_their_thumbnails() {
            let image = Image::new(3, 1, ColorType::Gray, vec![1, 2, 3]).unwrap();
            assert_eq!(means(&image).unwrap(), image);
        }

        #[test]
        fn blocks_at_the_edges_are_smaller() {
            // 2 × 2 blocks, of which the last column has one pixel.
            let samples: Vec<u8> = (0..3 * 257_u32)
                .flat_map(|n| [(n % 257) as u8, 9])
                .collect();
            let image = Image::new(257, 3, ColorType::GrayAlpha, samples).unwrap();
            let found = means(&image).unwrap();
            assert_eq!((found.width(), found.height()), (129, 2));
            // Columns 0 and 1: 0.5, rounded up. Column 256 is 0 again.
            assert_eq!(found.samples()[..4], [1, 9, 3, 9]);
            assert_eq!(found.samples()[2 * 128..][..2], [0, 9]);
        }
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

    pub(crate) fn decompress_thumbnail(
        bytes: &[u8],
        _: &DecompressOptions<'_>,
    ) -> Result<Option<Decoded>> {
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
