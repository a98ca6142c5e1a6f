//! Writes images side by side as a PNG file.

use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::data::image_sets::shape::ImageShape;
use crate::data::samples::Samples;
use crate::error::{Error, Result};
use crate::files::write_bytes;

/// Columns and rows of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// Images side by side.
    pub columns: usize,
    /// Images below one another.
    pub rows: usize,
}

/// Pixels between the images.
const GAP: usize = 2;
/// Gray of the gap.
const BETWEEN: u8 = 128;

/// Writes images side by side as a PNG.
pub fn write_sheet(
    path: &Path,
    shape: &ImageShape,
    images: &[Vec<u8>],
    arrangement: Arrangement,
) -> Result<()> {
    let channels = shape.samples.channels();
    let side = |count: usize, size: usize| count * (size + GAP) + GAP;
    let width = side(arrangement.columns, shape.width);
    let height = side(arrangement.rows, shape.height);
    let mut samples = vec![BETWEEN; width * height * channels];
    let shown = arrangement.columns * arrangement.rows;
    for (index, image) in images.iter().take(shown).enumerate() {
        let left = GAP + index % arrangement.columns * (shape.width + GAP);
        let top = GAP + index / arrangement.columns * (shape.height + GAP);
        for (y, row) in image.chunks_exact(shape.width * channels).enumerate() {
            let start = ((top + y) * width + left) * channels;
            let out = &mut samples[start..start + row.len()];
            for (out, &sample) in out.iter_mut().zip(row) {
                *out = match shape.samples {
                    Samples::Bilevel => 255 * sample,
                    Samples::Gray | Samples::Rgb => sample,
                };
            }
        }
    }
    let color = match channels {
        1 => ExtendedColorType::L8,
        _ => ExtendedColorType::Rgb8,
    };
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(&samples, width as u32, height as u32, color)
        .map_err(|error| Error::Plot {
            path: path.into(),
            source: error.into(),
        })?;
    write_bytes(path, &png)
}
