//! The header as a reader sees it: size, format, model, tiling, metadata and group table (`docs/format.md`, *Header*).

use crate::coders::method::CodingMethod;
use crate::image::expand::expanded_format;
use crate::image::palette::{ColorKey, Palette};
use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};
use crate::model::id::ModelId;
use crate::sample_map::map::SampleMap;
use crate::tiles::tiling::Tiling;

/// The first bytes of a file. The high bit, the line ends and the control character reveal damage by a text-mode
/// transfer.
pub const SIGNATURE: [u8; 8] = *b"\x89PXC\r\n\x1a\n";
/// The version that this crate writes and reads.
pub(crate) const VERSION: u8 = 1;

/// Bits of the header's flags.
pub(crate) const HAS_MODEL: u8 = 1;
pub(crate) const HAS_TILING: u8 = 2;
pub(crate) const HAS_METADATA: u8 = 4;
pub(crate) const HAS_COLOR_KEY: u8 = 8;
pub(crate) const HAS_COLOR_SET: u8 = 16;
pub(crate) const HOLDS_JPEG: u8 = 32;
pub(crate) const HAS_SAMPLE_MAP: u8 = 64;
pub(crate) const HAS_MODEL_NAME: u8 = 128;

/// The bit of the sample format that is set if there is a preview.
pub(crate) const HAS_PREVIEW: u8 = 128;

/// A piece of metadata, stored verbatim.
///
/// The tag has four ASCII letters or digits. A first letter in lowercase marks a chunk that a reader may ignore (PNG's
/// rule, so `iCCP`, `eXIf`, `gAMA` and `pHYs` are legal as they are); version 1 defines no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataChunk {
    /// Its type.
    pub tag: [u8; 4],
    /// Its bytes.
    pub data: Vec<u8>,
}

/// Everything in the file before the preview and the payloads. Read it with [`read_header`](crate::read_header).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// Format version: 1.
    pub version: u8,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What the samples of a pixel mean.
    pub color: ColorType,
    /// Bits per sample.
    pub bit_depth: BitDepth,
    /// The palette of a palette image.
    pub palette: Option<Palette>,
    /// The transparent colour of a gray or RGB image.
    pub color_key: Option<ColorKey>,
    /// The model, if a group needs one.
    pub model: Option<ModelId>,
    /// The name of the model, for readers that do not have it.
    pub model_name: Option<String>,
    /// Tiles and groups.
    pub tiling: Tiling,
    /// The values of the samples, if their indices are coded.
    pub sample_map: Option<SampleMap>,
    /// The encoded colours of the image (`docs/format.md`, *Colour set*), if the groups with a model are restricted to
    /// them.
    pub color_set: Option<Vec<u8>>,
    /// The file holds a JPEG file instead of coded samples: see [`JpegFile`](crate::JpegFile).
    pub holds_jpeg: bool,
    /// The first 8 bytes of the BLAKE3 digest of the pixels, or of the JPEG file.
    pub pixel_digest: [u8; 8],
    /// Metadata.
    pub metadata: Vec<MetadataChunk>,
    /// The preview, if the file has one: see [`decode_preview`](crate::decode_preview).
    pub preview: Option<Preview>,
    /// Where each group is.
    pub groups: Vec<GroupEntry>,
    /// Bytes before the preview and the first payload.
    pub header_bytes: u64,
}

impl Header {
    /// Colour type and bit depth.
    pub fn format(&self) -> SampleFormat {
        SampleFormat {
            color: self.color,
            depth: self.bit_depth,
        }
    }

    /// The format of what is coded: of the samples, or of their indices in the sample map.
    pub fn coded_format(&self) -> SampleFormat {
        let depth = self.sample_map.as_ref().map(SampleMap::depth);
        SampleFormat {
            color: self.color,
            depth: depth.unwrap_or(self.bit_depth),
        }
    }

    /// The format of [`Image::expanded`](crate::Image::expanded), known before the pixels are decoded.
    pub fn expanded_format(&self) -> SampleFormat {
        expanded_format(self.format(), self.palette.as_ref(), self.color_key)
    }

    /// The length of the whole file, in bytes.
    pub fn file_bytes(&self) -> u64 {
        self.groups
            .last()
            .map_or(self.header_bytes, |last| last.offset + last.length)
    }
}

impl GroupEntry {
    /// The payload; `None` if the file ends before it does.
    pub(crate) fn payload<'a>(&self, file: &'a [u8]) -> Option<&'a [u8]> {
        stretch(file, self.offset, self.length)
    }
}

impl Preview {
    /// The coded planes; `None` if the file ends before they do.
    pub(crate) fn stream<'a>(&self, file: &'a [u8]) -> Option<&'a [u8]> {
        stretch(file, self.offset, self.length)
    }
}

fn stretch(file: &[u8], offset: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = usize::try_from(offset.checked_add(length)?).ok()?;
    file.get(start..end)
}

/// The longest side that a preview may have.
pub const PREVIEW_SIDE: u32 = 256;

/// A small approximation of the image (`docs/format.md`, *Preview*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preview {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Samples of a pixel: 1 gray, 2 gray and alpha, 3 colour, 4 colour and alpha.
    pub planes: u8,
    /// The sample of the image that is 255 in the preview.
    pub largest: u16,
    /// The distance of the levels that samples are rounded to.
    pub step: u8,
    /// Where its stream begins, in bytes from the start of the file.
    pub offset: u64,
    /// Bytes of its stream.
    pub length: u64,
    /// CRC-32 of its stream.
    pub checksum: u32,
}

/// An entry of the group table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupEntry {
    /// Where its payload begins, in bytes from the start of the file.
    pub offset: u64,
    /// Bytes of its payload.
    pub length: u64,
    /// CRC-32 of its payload.
    pub checksum: u32,
    /// The method of the colour component; `None` if the payload is cut off or cannot be read.
    pub color_method: Option<CodingMethod>,
    /// The method of the alpha component; `None` also without alpha.
    pub alpha_method: Option<CodingMethod>,
}
