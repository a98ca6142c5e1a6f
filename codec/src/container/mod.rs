//! The pieces of a file: coders, metadata chunks, and the header as a reader sees it.
//!
//! In: bytes. Out: [`Header`], [`MetadataChunk`] and the frame of a group's payload (`docs/format.md`, *Header*, *Groups*).

pub mod varint;
pub(crate) mod color_field;
pub(crate) mod header;
pub(crate) mod payload;

use crate::image::palette::{ColorKey, Palette};
use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};
use crate::model::predictor::ModelId;
use crate::tiles::tiling::Tiling;

/// The first bytes of a file. The high bit, the line ends and the control character show damage by text-mode transfer.
pub const SIGNATURE: [u8; 8] = *b"\x89PXC\r\n\x1a\n";
/// The version that this crate writes and reads.
pub const VERSION: u8 = 1;

/// How a component of a group is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodingMethod {
    /// Samples as they are.
    Stored,
    /// Range coder with a model's frequencies.
    Network,
    /// Range coder with adaptive binary decisions.
    Adaptive,
    /// Range coder with a model's frequencies, refined by what was coded before.
    Refined,
    /// Range coder with binary decisions mixed from many contexts.
    General,
}

impl CodingMethod {
    /// The coder byte.
    pub fn code(self) -> u8 {
        match self {
            CodingMethod::Stored => 0,
            CodingMethod::Network => 1,
            CodingMethod::Adaptive => 2,
            CodingMethod::Refined => 3,
            CodingMethod::General => 4,
        }
    }

    /// The coder of a coder byte.
    pub fn from_code(code: u8) -> Option<CodingMethod> {
        match code {
            0 => Some(CodingMethod::Stored),
            1 => Some(CodingMethod::Network),
            2 => Some(CodingMethod::Adaptive),
            3 => Some(CodingMethod::Refined),
            4 => Some(CodingMethod::General),
            _ => None,
        }
    }

    /// Whether it can code the colour planes of a format.
    pub fn codes(self, format: SampleFormat) -> bool {
        match self {
            CodingMethod::Stored | CodingMethod::General => true,
            CodingMethod::Network => format.suits_some_model(),
            CodingMethod::Refined => format.suits_models(),
            CodingMethod::Adaptive => format.depth <= BitDepth::Eight,
        }
    }

    /// Whether it needs the file's model.
    pub fn needs_model(self) -> bool {
        matches!(self, CodingMethod::Network | CodingMethod::Refined)
    }

    /// The name that `pxc info` prints.
    pub fn name(self) -> &'static str {
        match self {
            CodingMethod::Stored => "stored",
            CodingMethod::Network => "network",
            CodingMethod::Adaptive => "adaptive",
            CodingMethod::Refined => "refined",
            CodingMethod::General => "general",
        }
    }
}

/// A piece of metadata, carried verbatim.
///
/// The tag has four ASCII letters or digits. A first letter in lowercase marks a chunk that a reader may ignore (PNG's rule, so
/// `iCCP`, `eXIf`, `gAMA` and `pHYs` are legal as they are); version 1 defines no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataChunk {
    /// What it is.
    pub tag: [u8; 4],
    /// Its bytes.
    pub data: Vec<u8>,
}

/// Everything the file says before the first payload. Read it with [`read_header`](crate::read_header).
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
    /// The model that the network groups need; absent when there are none.
    pub model: Option<ModelId>,
    /// Tiles and groups.
    pub tiling: Tiling,
    /// The colours that the network groups may use, as bytes (`docs/format.md`, *Colour set*); absent when they may use all.
    pub color_set: Option<Vec<u8>>,
    /// The first 8 bytes of the BLAKE3 digest of the pixels.
    pub pixel_digest: [u8; 8],
    /// Metadata.
    pub metadata: Vec<MetadataChunk>,
    /// Where each group is.
    pub groups: Vec<GroupEntry>,
    /// Bytes before the first payload.
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

    /// The length that the file should have, in bytes.
    pub fn file_bytes(&self) -> u64 {
        self.groups
            .last()
            .map_or(self.header_bytes, |last| last.offset + last.length)
    }
}

impl GroupEntry {
    /// Its payload, or `None` when the file ends before the payload does.
    pub(crate) fn payload<'a>(&self, file: &'a [u8]) -> Option<&'a [u8]> {
        let start = usize::try_from(self.offset).ok()?;
        let end = usize::try_from(self.offset.checked_add(self.length)?).ok()?;
        file.get(start..end)
    }
}

/// One group, as the group table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupEntry {
    /// Where its payload begins, in bytes from the start of the file.
    pub offset: u64,
    /// Bytes of its payload.
    pub length: u64,
    /// CRC-32 of its payload.
    pub checksum: u32,
    /// CodingMethod of the colour component; `None` when the payload is missing or damaged beyond reading.
    pub color_method: Option<CodingMethod>,
    /// CodingMethod of the alpha component; `None` also when there is no alpha.
    pub alpha_method: Option<CodingMethod>,
}
