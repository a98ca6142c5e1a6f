//! Decodes `.pxc` files for the image crate: a reader in, samples out.

use std::io::Read;
use std::sync::Arc;

use image::{ColorType, ExtendedColorType, ImageDecoder, ImageResult, LimitSupport};
use pxc_jpeg::profiles;
use pxc_runtime::{
    BitDepth, Decoded, DecompressOptions, Engine, Header, Image, Limits, MetadataChunk,
    SampleFormat, read_header,
};

use crate::engine::shared_engine;
use crate::error::image_error;

/// Reads a `.pxc` file.
pub struct PxcDecoder {
    engine: Arc<Engine>,
    file: Vec<u8>,
    header: Header,
    limits: Limits,
    /// The image of a JPEG file, which was decoded to get at its metadata.
    decoded: Option<Image>,
}

impl PxcDecoder {
    /// Reads a whole file into memory, and its header. [`ImageDecoder::read_image`] decodes the pixels.
    ///
    /// # Errors
    /// The reader's errors, and those of a header that is damaged or exceeds the default [`Limits`].
    pub fn new(reader: impl Read) -> ImageResult<PxcDecoder> {
        PxcDecoder::with_engine(reader, shared_engine())
    }

    /// Like [`PxcDecoder::new`], with the models and the backend of an engine.
    ///
    /// # Errors
    /// The same as [`PxcDecoder::new`].
    pub fn with_engine(mut reader: impl Read, engine: Arc<Engine>) -> ImageResult<PxcDecoder> {
        let mut file = Vec::new();
        reader.read_to_end(&mut file)?;
        let limits = Limits::default();
        let header = read_header(&file, &limits).map_err(|error| image_error(error.into()))?;
        Ok(PxcDecoder {
            engine,
            file,
            header,
            limits,
            decoded: None,
        })
    }

    /// What the file says about itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The metadata. Those of a JPEG file are inside that file.
    fn metadata(&mut self) -> ImageResult<&[MetadataChunk]> {
        if self.header.holds_jpeg && self.decoded.is_none() {
            let decoded = self.decode()?;
            self.header.metadata = decoded.header.metadata;
            self.decoded = Some(decoded.image);
        }
        Ok(&self.header.metadata)
    }

    fn decode(&self) -> ImageResult<Decoded> {
        // The expanded samples are in memory beside those of the file.
        let reserved = self.limits.reserve(self.total_bytes());
        let limits = reserved.map_err(|error| image_error(error.into()))?;
        let options = DecompressOptions::default().with_limits(limits);
        let decoded = self.engine.decompress(&self.file, &options);
        decoded.map_err(image_error)
    }
}

impl ImageDecoder for PxcDecoder {
    fn dimensions(&self) -> (u32, u32) {
        (self.header.width, self.header.height)
    }

    fn color_type(&self) -> ColorType {
        let SampleFormat { color, depth } = self.header.expanded_format();
        match (color.color_planes(), color.has_alpha(), depth) {
            (1, false, BitDepth::Sixteen) => ColorType::L16,
            (1, true, BitDepth::Sixteen) => ColorType::La16,
            (_, false, BitDepth::Sixteen) => ColorType::Rgb16,
            (_, true, BitDepth::Sixteen) => ColorType::Rgba16,
            (1, false, _) => ColorType::L8,
            (1, true, _) => ColorType::La8,
            (_, false, _) => ColorType::Rgb8,
            (_, true, _) => ColorType::Rgba8,
        }
    }

    fn original_color_type(&self) -> ExtendedColorType {
        use pxc_runtime::ColorType::{Gray, Palette};
        match (self.header.color, self.header.bit_depth) {
            (Gray, BitDepth::One) => ExtendedColorType::L1,
            (Gray, BitDepth::Two) => ExtendedColorType::L2,
            (Gray, BitDepth::Four) => ExtendedColorType::L4,
            (Palette, depth) => ExtendedColorType::Unknown(depth.bits()),
            _ => self.color_type().into(),
        }
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(profiles::icc_profile(self.metadata()?))
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(profiles::exif(self.metadata()?).map(<[u8]>::to_vec))
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(profiles::xmp(self.metadata()?).map(Into::into))
    }

    fn set_limits(&mut self, limits: image::Limits) -> ImageResult<()> {
        limits.check_support(&LimitSupport::default())?;
        limits.check_dimensions(self.header.width, self.header.height)?;
        if let Some(bytes) = limits.max_alloc {
            self.limits.max_memory = self.limits.max_memory.min(bytes);
        }
        Ok(())
    }

    fn read_image(mut self, samples: &mut [u8]) -> ImageResult<()> {
        assert_eq!(samples.len() as u64, self.total_bytes());
        let image = match self.decoded.take() {
            Some(image) => image,
            None => self.decode()?.image,
        };
        samples.copy_from_slice(&image.expanded().into_native());
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, samples: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(samples)
    }
}
