//! Images, and sheets of images side by side, cut to whole images of the network's size in raster order.

use std::path::Path;

use crate::data::image_sets::shape::{ImageShape, THRESHOLD, unfit};
use crate::data::samples::Samples;
use crate::error::{Error, Result};

pub(crate) fn read(path: &Path, bytes: &[u8], shape: &ImageShape, out: &mut Vec<u8>) -> Result<()> {
    let image = image::load_from_memory(bytes).map_err(|source| Error::Image {
        path: path.into(),
        source,
    })?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    if width < shape.width || height < shape.height {
        let expected = format!("at least {}x{}", shape.width, shape.height);
        return Err(unfit(path, expected, format!("{width}x{height}")));
    }
    let channels = shape.samples.channels();
    let samples = match shape.samples {
        Samples::Rgb => image.into_rgb8().into_raw(),
        Samples::Gray => image.into_luma8().into_raw(),
        Samples::Bilevel => {
            let gray = image.into_luma8().into_raw();
            gray.into_iter().map(|s| u8::from(s >= THRESHOLD)).collect()
        }
    };
    for top in (0..=height - shape.height).step_by(shape.height) {
        for left in (0..=width - shape.width).step_by(shape.width) {
            for y in top..top + shape.height {
                let start = (y * width + left) * channels;
                out.extend_from_slice(&samples[start..start + shape.width * channels]);
            }
        }
    }
    Ok(())
}
