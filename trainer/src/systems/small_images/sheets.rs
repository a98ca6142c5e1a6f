//! Images, and sheets of images side by side, cut to whole images of the network's size in raster order.

use std::path::Path;

use super::{THRESHOLD, unfit};
use crate::systems::system_config::{Samples, SystemConfig};
use crate::{Error, Result};

pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    config: &SystemConfig,
    out: &mut Vec<u8>,
) -> Result<()> {
    let image = image::load_from_memory(bytes).map_err(|source| Error::Image {
        path: path.into(),
        source,
    })?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    if width < config.width || height < config.height {
        let expected = format!("at least {}x{}", config.width, config.height);
        return Err(unfit(path, expected, format!("{width}x{height}")));
    }
    let channels = config.channels();
    let samples = match config.samples {
        Samples::Rgb => image.into_rgb8().into_raw(),
        Samples::Gray => image.into_luma8().into_raw(),
        Samples::Bilevel => {
            let gray = image.into_luma8().into_raw();
            gray.into_iter().map(|s| u8::from(s >= THRESHOLD)).collect()
        }
    };
    for top in (0..=height - config.height).step_by(config.height) {
        for left in (0..=width - config.width).step_by(config.width) {
            for y in top..top + config.height {
                let start = (y * width + left) * channels;
                out.extend_from_slice(&samples[start..start + config.width * channels]);
            }
        }
    }
    Ok(())
}
