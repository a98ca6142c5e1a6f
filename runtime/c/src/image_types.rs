//! Images and headers in the form that C sees.

use std::ffi::c_void;

use pxc_jpeg::profiles::stated_orientation;
use pxc_runtime::{BitDepth, ColorType, Header, Image, SampleFormat, has_original};

use crate::boundary;
use crate::status::Failure;

/// One sample: gray.
pub const PXC_GRAY: u8 = 0;
/// Three samples: red, green, blue.
pub const PXC_RGB: u8 = 2;
/// One sample: an index into a palette. Occurs in PxcHeader.stored_color only.
pub const PXC_PALETTE: u8 = 3;
/// Two samples: gray, alpha.
pub const PXC_GRAY_ALPHA: u8 = 4;
/// Four samples: red, green, blue, alpha.
pub const PXC_RGBA: u8 = 6;

/// An image that pxc_compress reads. The samples are interleaved, row after row from the top, without padding.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PxcImage {
    /// Width in pixels, at least 1.
    pub width: u32,
    /// Height in pixels, at least 1.
    pub height: u32,
    /// PXC_GRAY, PXC_GRAY_ALPHA, PXC_RGB or PXC_RGBA.
    pub color: u8,
    /// Bits per sample: 8 (uint8_t) or 16 (uint16_t in the byte order of the machine).
    pub bit_depth: u8,
    /// The samples; any alignment.
    pub samples: *const c_void,
    /// Bytes of the samples: width * height * samples per pixel * bytes per sample.
    pub samples_bytes: usize,
}

/// What a file contains.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PxcHeader {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What pxc_decompress makes: PXC_GRAY, PXC_GRAY_ALPHA, PXC_RGB or PXC_RGBA.
    pub color: u8,
    /// Bits per sample that pxc_decompress makes: 8 or 16.
    pub bit_depth: u8,
    /// The colour type in the file; PXC_PALETTE comes out as PXC_RGB or PXC_RGBA.
    pub stored_color: u8,
    /// Bits per sample in the file: 1, 2, 4, 8 or 16; fewer than 8 come out as 8.
    pub stored_bit_depth: u8,
    /// Whether a model is needed.
    pub has_model: bool,
    /// The id of that model.
    pub model_id: [u8; 8],
    /// Whether there is a preview, from which pxc_decompress_thumbnail makes thumbnails quickly.
    pub has_preview: bool,
    /// Whether pxc_original_file returns the file that this one was made from.
    pub has_original: bool,
    /// Whether that is a JPEG file. Its metadata is inside it.
    pub holds_jpeg: bool,
    /// The orientation of the image according to EXIF, or to XMP if EXIF has none: 1 upright, 2 to 8 as in EXIF's field
    /// Orientation.
    pub orientation: u8,
    /// Bytes that pxc_decompress writes.
    pub samples_bytes: usize,
}

impl PxcImage {
    /// Copies the samples into an image.
    ///
    /// # Safety
    /// `samples` is null or points to `samples_bytes` bytes.
    pub(crate) unsafe fn read(&self) -> Result<Image, Failure> {
        let color = ColorType::from_code(self.color).filter(|&color| color != ColorType::Palette);
        let color = color.ok_or_else(|| {
            let expected = "0 (gray), 2 (rgb), 4 (gray+alpha) or 6 (rgba)";
            Failure::argument(format!("color: expected {expected}, found {}", self.color))
        })?;
        // SAFETY: the caller's promise.
        let bytes = unsafe { boundary::bytes("samples", self.samples.cast(), self.samples_bytes)? };
        let depth = BitDepth::from_bits(self.bit_depth).filter(|&depth| depth >= BitDepth::Eight);
        let depth = depth.ok_or_else(|| {
            let message = format!("bit_depth: expected 8 or 16, found {}", self.bit_depth);
            Failure::argument(message)
        })?;
        let format = SampleFormat { color, depth };
        let image = Image::from_native(self.width, self.height, format, bytes.to_vec());
        image.map_err(|error| pxc_runtime::Error::from(error).into())
    }
}

impl PxcHeader {
    pub(crate) fn new(header: &Header) -> PxcHeader {
        let plain = header.expanded_format();
        PxcHeader {
            width: header.width,
            height: header.height,
            color: plain.color.code(),
            bit_depth: plain.depth.bits(),
            stored_color: header.color.code(),
            stored_bit_depth: header.bit_depth.bits(),
            has_model: header.model.is_some(),
            model_id: header.model.map_or([0; 8], |id| id.0),
            has_preview: header.preview.is_some(),
            has_original: has_original(header),
            holds_jpeg: header.holds_jpeg,
            orientation: stated_orientation(&header.metadata).map_or(1, |stated| stated as u8),
            samples_bytes: samples_in(header, header.width.into(), header.height.into()),
        }
    }
}

/// Bytes of `width · height` decompressed pixels; the largest `usize` when that is more than memory can hold.
pub(crate) fn samples_in(header: &Header, width: u64, height: u64) -> usize {
    let pixels = u128::from(width) * u128::from(height);
    let bytes = pixels * header.expanded_format().pixel_bytes() as u128;
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
