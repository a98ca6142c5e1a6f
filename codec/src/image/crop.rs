//! A part of an image.

use crate::error::Error;
use crate::image::raster::Image;
use crate::tiles::rect::Rect;

impl Image {
    /// Returns the pixels of a rectangle as an image.
    ///
    /// # Errors
    /// [`Error::Region`] when it is empty or not inside the image.
    pub fn cropped(&self, region: Rect) -> Result<Image, Error> {
        check_region(self.width(), self.height(), region)?;
        let pixel_bytes = self.format().pixel_bytes();
        let rows = self
            .samples()
            .chunks_exact(self.width() as usize * pixel_bytes);
        let rows = rows.skip(region.y).take(region.height);
        let samples =
            rows.flat_map(|row| &row[region.x * pixel_bytes..][..region.width * pixel_bytes]);
        Ok(self.resized(
            region.width as u32,
            region.height as u32,
            samples.copied().collect(),
        ))
    }
}

/// Checks that a region is inside the image and not empty.
pub(crate) fn check_region(width: u32, height: u32, region: Rect) -> Result<(), Error> {
    match region.intersection(&Rect::whole(width, height)) == Some(region) {
        true => Ok(()),
        false => Err(Error::Region {
            region,
            width,
            height,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::sample_format::ColorType;

    #[test]
    fn parts_have_their_pixels() {
        let samples: Vec<u8> = (0..4 * 3 * 2).collect();
        let image = Image::new(4, 3, ColorType::GrayAlpha, samples).expect("it fits");
        let rect = |x, y, width, height| Rect {
            x,
            y,
            width,
            height,
        };
        let part = image.cropped(rect(1, 1, 2, 2)).expect("inside");
        assert_eq!((part.width(), part.height()), (2, 2));
        assert_eq!(part.samples(), [10, 11, 12, 13, 18, 19, 20, 21]);
        assert_eq!(image.cropped(rect(0, 0, 4, 3)).as_ref(), Ok(&image));
        for outside in [rect(3, 0, 2, 1), rect(0, 0, 0, 1), rect(0, 3, 1, 1)] {
            assert!(matches!(image.cropped(outside), Err(Error::Region { .. })));
        }
    }
}
