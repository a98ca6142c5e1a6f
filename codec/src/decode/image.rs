//! Samples in, the image out.

use crate::container::header::Header;
use crate::error::Error;
use crate::image::raster::Image;
use crate::tiles::rect::Rect;

/// The image that the samples of `target` make, with the palette or transparent colour of the header.
pub(super) fn from_samples(
    header: &Header,
    target: Rect,
    samples: Vec<u8>,
) -> Result<Image, Error> {
    let (width, height, format) = (target.width as u32, target.height as u32, header.format());
    let image = match &header.palette {
        Some(palette) => {
            Image::with_palette(width, height, format.depth, palette.clone(), samples)?
        }
        None => Image::with_format(width, height, format, samples)?,
    };
    match header.color_key {
        Some(key) => image.with_color_key(key),
        None => Ok(image),
    }
}
