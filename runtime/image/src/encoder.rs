//! Encodes `.pxc` files for the image crate: samples in, a file to a writer out.

use std::io::Write;
use std::sync::Arc;

use image::error::{EncodingError, ImageFormatHint};
use image::{ExtendedColorType, ImageEncoder, ImageError, ImageResult};
use pxc_runtime::{BitDepth, ColorType, CompressOptions, Engine, Image, SampleFormat};

use crate::engine::shared_engine;
use crate::error::image_error;

/// Writes a `.pxc` file: gray or RGB, with or without alpha, of 8 or 16 bits.
pub struct PxcEncoder<W> {
    engine: Arc<Engine>,
    writer: W,
}

impl<W: Write> PxcEncoder<W> {
    /// Compresses with the embedded models.
    pub fn new(writer: W) -> PxcEncoder<W> {
        PxcEncoder::with_engine(writer, shared_engine())
    }

    /// Compresses with the backend of an engine.
    pub fn with_engine(writer: W, engine: Arc<Engine>) -> PxcEncoder<W> {
        PxcEncoder { engine, writer }
    }
}

impl<W: Write> ImageEncoder for PxcEncoder<W> {
    fn write_image(
        mut self,
        samples: &[u8],
        width: u32,
        height: u32,
        color: ExtendedColorType,
    ) -> ImageResult<()> {
        let format = sample_format(color)?;
        let image = Image::from_native(width, height, format, samples.to_vec())
            .map_err(|error| image_error(error.into()))?;
        let compressed = self.engine.compress(&image, &CompressOptions::default());
        let (file, _) = compressed.map_err(image_error)?;
        Ok(self.writer.write_all(&file)?)
    }
}

fn sample_format(color: ExtendedColorType) -> ImageResult<SampleFormat> {
    let (color, depth) = match color {
        ExtendedColorType::L8 => (ColorType::Gray, BitDepth::Eight),
        ExtendedColorType::La8 => (ColorType::GrayAlpha, BitDepth::Eight),
        ExtendedColorType::Rgb8 => (ColorType::Rgb, BitDepth::Eight),
        ExtendedColorType::Rgba8 => (ColorType::Rgba, BitDepth::Eight),
        ExtendedColorType::L16 => (ColorType::Gray, BitDepth::Sixteen),
        ExtendedColorType::La16 => (ColorType::GrayAlpha, BitDepth::Sixteen),
        ExtendedColorType::Rgb16 => (ColorType::Rgb, BitDepth::Sixteen),
        ExtendedColorType::Rgba16 => (ColorType::Rgba, BitDepth::Sixteen),
        other => {
            let expected = "gray or RGB of 8 or 16 bits, with or without alpha";
            let message = format!("pxc: expected {expected}, found {other:?}");
            let hint = ImageFormatHint::Name("pxc".into());
            return Err(ImageError::Encoding(EncodingError::new(hint, message)));
        }
    };
    Ok(SampleFormat { color, depth })
}
