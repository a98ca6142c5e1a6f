//! Encodes `.pxc` files for the image crate: samples in, a file to a writer out.

use std::io::Write;
use std::sync::Arc;

use image::error::{EncodingError, ImageFormatHint, UnsupportedError};
use image::{ExtendedColorType, ImageEncoder, ImageError, ImageResult};
use pxc_jpeg::profiles::{exif_chunk, icc_chunk};
use pxc_runtime::{BitDepth, ColorType, CompressOptions, Effort, Engine, Image, SampleFormat};

use crate::engine::shared_engine;
use crate::error::image_error;

/// Writes a `.pxc` file: gray or RGB, with or without alpha, of 8 or 16 bits.
pub struct PxcEncoder<W> {
    engine: Arc<Engine>,
    writer: W,
    effort: Effort,
    icc_profile: Option<Vec<u8>>,
    exif: Option<Vec<u8>>,
}

impl<W: Write> PxcEncoder<W> {
    /// Compresses with the embedded models.
    pub fn new(writer: W) -> PxcEncoder<W> {
        PxcEncoder::with_engine(writer, shared_engine())
    }

    /// Compresses with the backend of an engine.
    pub fn with_engine(writer: W, engine: Arc<Engine>) -> PxcEncoder<W> {
        PxcEncoder {
            engine,
            writer,
            effort: Effort::Default,
            icc_profile: None,
            exif: None,
        }
    }

    /// Sets the trade-off between time and size.
    pub fn with_effort(self, effort: Effort) -> PxcEncoder<W> {
        PxcEncoder { effort, ..self }
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
        let profile = self.icc_profile.as_deref().map(icc_chunk).transpose()?;
        let exif = self.exif.as_deref().map(exif_chunk);
        let metadata: Vec<_> = profile.into_iter().chain(exif).collect();
        let options = CompressOptions::default()
            .with_effort(self.effort)
            .with_metadata(&metadata);
        let compressed = self.engine.compress(&image, &options);
        let (file, _) = compressed.map_err(image_error)?;
        Ok(self.writer.write_all(&file)?)
    }

    fn set_icc_profile(&mut self, icc_profile: Vec<u8>) -> Result<(), UnsupportedError> {
        self.icc_profile = Some(icc_profile);
        Ok(())
    }

    fn set_exif_metadata(&mut self, exif: Vec<u8>) -> Result<(), UnsupportedError> {
        self.exif = Some(exif);
        Ok(())
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

#[cfg(test)]
mod tests {
    use image::ImageDecoder;

    use super::*;
    use crate::decoder::PxcDecoder;

    fn file(effort: Effort) -> Vec<u8> {
        let samples: Vec<u8> = (0..60 * 50 * 3_u32).map(|n| ((n * n) >> 8) as u8).collect();
        let mut file = Vec::new();
        let mut encoder = PxcEncoder::new(&mut file).with_effort(effort);
        encoder.set_icc_profile(b"a profile".to_vec()).unwrap();
        encoder.set_exif_metadata(b"II*\0".to_vec()).unwrap();
        let written = encoder.write_image(&samples, 60, 50, ExtendedColorType::Rgb8);
        written.unwrap();
        file
    }

    #[test]
    fn metadata_and_effort_reach_the_file() {
        let (fast, max) = (file(Effort::Fast), file(Effort::Max));
        assert!(fast.len() > max.len(), "{} {}", fast.len(), max.len());
        let mut decoder = PxcDecoder::new(&fast[..]).unwrap();
        let profile = decoder.icc_profile().unwrap();
        assert_eq!(profile.as_deref(), Some(b"a profile".as_slice()));
        let exif = decoder.exif_metadata().unwrap();
        assert_eq!(exif.as_deref(), Some(b"II*\0".as_slice()));
    }
}
