//! All errors of this crate, with the offset and the expected and found values.

use std::convert::Infallible;

use crate::coders::method::CodingMethod;
use crate::image::sample_format::{ColorType, SampleFormat};
use crate::model::error::PredictorError;
use crate::model::id::ModelId;
use crate::model::session::TileSize;
use crate::tiles::rect::Rect;
use crate::tiles::tiling::Tiling;

/// Why an image could not be encoded or decoded. Offsets count bytes from the start of the file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A side of the image is zero.
    #[error("image size {width}×{height}: both sides must be at least 1")]
    ImageSize {
        /// Width given.
        width: u32,
        /// Height given.
        height: u32,
    },
    /// The length of the sample buffer does not match the image size.
    #[error("sample count: expected {expected}, found {found}")]
    SampleCount {
        /// `width · height · channels`.
        expected: u128,
        /// Length of the buffer.
        found: u128,
    },
    /// A combination of colour type and bit depth that is not legal, as in PNG.
    #[error("sample format: {format} is not legal")]
    SampleFormat {
        /// The format.
        format: SampleFormat,
    },
    /// A sample has more bits than the bit depth.
    #[error("sample {at}: expected 0 to {largest}, found {found}")]
    SampleRange {
        /// Index of the sample.
        at: usize,
        /// Largest legal value.
        largest: u8,
        /// Value given.
        found: u8,
    },
    /// A palette image was given without a palette.
    #[error("a palette image needs a palette")]
    PaletteMissing,
    /// A palette without entries, with too many, or with more alpha values than colours.
    #[error(
        "palette: expected 1 to 256 colours and at most as many alpha values, found {entries} and {alpha}"
    )]
    PaletteSize {
        /// Colours given.
        entries: usize,
        /// Alpha values given.
        alpha: usize,
    },
    /// A transparent colour that does not fit the colour type.
    #[error("a transparent colour of {samples} samples does not fit a {} image", color.name())]
    ColorKey {
        /// Colour type of the image.
        color: ColorType,
        /// Samples of the transparent colour.
        samples: usize,
    },
    /// The method that was asked for cannot code the sample format.
    #[error("the method {} cannot code {format} samples", method.name())]
    MethodFormat {
        /// The method.
        method: CodingMethod,
        /// The format of the image.
        format: SampleFormat,
    },
    /// A field of the tiling is outside its range.
    #[error("tiling: {field} must be in 1..={largest}, found {found}")]
    TilingRange {
        /// The field of the tiling.
        field: &'static str,
        /// Largest legal value.
        largest: u32,
        /// Value given.
        found: u32,
    },
    /// A region that is empty or not inside the image.
    #[error(
        "region of {} columns and {} rows at column {}, row {}: not inside the image of {width} columns and {height} rows",
        .region.width, .region.height, .region.x, .region.y
    )]
    Region {
        /// The region that was asked for.
        region: Rect,
        /// Columns of the image.
        width: u32,
        /// Rows of the image.
        height: u32,
    },
    /// The image was not coded with a model of two scales.
    #[error("no thumbnail: the image was not compressed with a two-scale model")]
    NoThumbnail,
    /// The caller asked for the JPEG file in a file that holds none.
    #[error("no JPEG file: the file holds an image")]
    NoJpeg,
    /// A metadata tag that must not be written.
    #[error("metadata tag {tag:?}: expected four letters or digits, the first a lowercase letter")]
    MetadataTag {
        /// The tag.
        tag: String,
    },
    /// The caller asked for a method that needs a model, but gave none.
    #[error("the method {} needs a model", method.name())]
    NoPredictor {
        /// The method.
        method: CodingMethod,
    },
    /// The file does not begin with the pxc signature.
    #[error(
        "byte {offset:#x}: not a pxc file: expected signature byte {expected:02x}, found {found:02x}"
    )]
    Signature {
        /// Where the first difference is.
        offset: u64,
        /// Byte of the signature.
        expected: u8,
        /// Byte of the file.
        found: u8,
    },
    /// The file ends too soon.
    #[error("byte {offset:#x}: {field} truncated: needed {needed} bytes, found {found}")]
    Truncated {
        /// What was being read.
        field: &'static str,
        /// Where it begins.
        offset: u64,
        /// Bytes it needs.
        needed: u64,
        /// Bytes that are left.
        found: u64,
    },
    /// There are bytes after the last group.
    #[error("byte {offset:#x}: {count} bytes after the last group")]
    TrailingBytes {
        /// Where the file should end.
        offset: u64,
        /// Bytes after it.
        count: u64,
    },
    /// The header's checksum is wrong.
    #[error("byte {offset:#x}: header checksum: expected {expected:08x}, found {found:08x}")]
    HeaderChecksum {
        /// Where the checksum is.
        offset: u64,
        /// The checksum in the file.
        expected: u32,
        /// The checksum of the header's bytes.
        found: u32,
    },
    /// A header field is outside its legal range.
    #[error("byte {offset:#x}: {field}: expected {expected}, found {found}")]
    HeaderField {
        /// The field, spelled as in `docs/format.md`.
        field: &'static str,
        /// Where it is.
        offset: u64,
        /// The legal values.
        expected: String,
        /// The value.
        found: u64,
    },
    /// The file uses something that this version does not decode.
    #[error("byte {offset:#x}: {field} {found} is not supported (supported: {supported})")]
    Unsupported {
        /// The field, spelled as in `docs/format.md`.
        field: &'static str,
        /// Where it is.
        offset: u64,
        /// The value.
        found: String,
        /// What this version decodes.
        supported: &'static str,
    },
    /// Work on the file needs more than the caller allows.
    #[error("{limit} limit: allowed {allowed}, needed {needed}")]
    LimitExceeded {
        /// The field of [`Limits`](crate::Limits).
        limit: &'static str,
        /// The limit.
        allowed: u64,
        /// What the file needs.
        needed: u64,
    },
    /// The header's checksum is right but its colour set is not legal.
    #[error("color_set: {problem}")]
    ColorSet {
        /// What is wrong.
        problem: &'static str,
    },
    /// The header's checksum is right but its sample map is not legal.
    #[error("byte {offset:#x}: sample_map: {problem}")]
    SampleMap {
        /// Where the field begins.
        offset: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// The header's checksum is right but its metadata is not legal.
    #[error("byte {offset:#x}: metadata: {problem}")]
    MetadataContent {
        /// Where the coded metadata begins.
        offset: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// A group's bytes do not match their checksum.
    #[error("byte {offset:#x}: group {group} checksum: expected {expected:08x}, found {found:08x}")]
    GroupChecksum {
        /// Index of the group.
        group: u64,
        /// Where its payload begins.
        offset: u64,
        /// The checksum in the header.
        expected: u32,
        /// The checksum of the payload's bytes.
        found: u32,
    },
    /// A group's bytes end too soon.
    #[error("byte {offset:#x}: group {group} truncated: needed {needed} bytes, found {found}")]
    GroupTruncated {
        /// Index of the group.
        group: u64,
        /// Where its payload begins.
        offset: u64,
        /// Bytes of the payload.
        needed: u64,
        /// Bytes that are left.
        found: u64,
    },
    /// A group's checksum is right but its content is not legal.
    #[error("byte {offset:#x}: group {group}: {problem}")]
    GroupContent {
        /// Index of the group.
        group: u64,
        /// Where its payload begins.
        offset: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// The preview's bytes do not match their checksum. The image is not affected.
    #[error(
        "byte {offset:#x}: preview checksum: expected {expected:08x}, found {found:08x} (only the preview is damaged)"
    )]
    PreviewChecksum {
        /// Where its stream begins.
        offset: u64,
        /// The checksum in the header.
        expected: u32,
        /// The checksum of the stream's bytes.
        found: u32,
    },
    /// The preview's checksum is right but its content is not legal. The image is not affected.
    #[error("byte {offset:#x}: preview: {problem} (only the preview is damaged)")]
    PreviewContent {
        /// Where its stream begins.
        offset: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// All checksums are right, but the decoded pixels are not those that were encoded.
    #[error("pixel digest: expected {}, found {}", Hex(expected), Hex(found))]
    PixelDigest {
        /// The digest in the header.
        expected: [u8; 8],
        /// The digest of the decoded pixels.
        found: [u8; 8],
    },
    /// The file holds a JPEG file. This crate returns its stream, see [`JpegFile`](crate::JpegFile), but does
    /// not decode it.
    #[error("the file holds a JPEG file, which is not decoded here")]
    HoldsJpeg,
    /// The file needs a model that was not found.
    #[error("the file needs model {id}, which is not available")]
    UnknownModel {
        /// The model's id.
        id: ModelId,
    },
    /// The model that was found has another id than the file names.
    #[error("model id: expected {expected}, found {found}")]
    WrongModel {
        /// The id that the file names.
        expected: ModelId,
        /// The id of the model that was found.
        found: ModelId,
    },
    /// An image to encode has more or fewer colour planes than the model has channels.
    #[error("model {id} codes {found} channels, but the image has {expected} colour planes")]
    ModelChannels {
        /// The model's id.
        id: ModelId,
        /// Colour planes of the image.
        expected: usize,
        /// Channels of the model.
        found: usize,
    },
    /// The model codes samples of another depth than those of the image to encode.
    #[error("model {id} codes samples of {expected} levels, but the image has {format} samples")]
    ModelLevels {
        /// The model's id.
        id: ModelId,
        /// Values of a sample that the model codes.
        expected: usize,
        /// The format of the image.
        format: SampleFormat,
    },
    /// The file names a model that does not code its samples.
    #[error("model {id} does not code {format} samples, which the file has")]
    ModelFormat {
        /// The model's id.
        id: ModelId,
        /// The format of the coded samples.
        format: SampleFormat,
    },
    /// The file has larger tiles than its model.
    #[error("model {id} codes tiles of at most {} × {} pixels, but the file has tiles of {} × {}",
        .expected.width, .expected.height, .found.tile_width, .found.tile_height)]
    ModelTile {
        /// The model's id.
        id: ModelId,
        /// The largest tile of the model.
        expected: TileSize,
        /// The tiling of the file.
        found: Tiling,
    },
    /// The method needs another kind of model.
    #[error("the method {} cannot use model {id}, whose symbols are samples", method.name())]
    MethodModel {
        /// The method.
        method: CodingMethod,
        /// The model's id.
        id: ModelId,
    },
    /// The model's description of itself breaks a rule of `docs/model.md`.
    #[error("model {id}: {problem}")]
    ModelSpec {
        /// The model's id.
        id: ModelId,
        /// The rule.
        problem: &'static str,
    },
    /// The model cannot be used: it was not found, prepared or evaluated.
    #[error("model {id} cannot be used")]
    Predictor {
        /// The model's id.
        id: ModelId,
        /// Why.
        source: PredictorError,
    },
    /// The progress callback asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// The kind of an error, in all pxc crates. Exit codes and advice follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller's arguments are wrong.
    Argument,
    /// The file is damaged or is not a pxc file.
    BadData,
    /// The file is intact but needs a model that was not found.
    MissingModel,
    /// The file is intact but uses a feature that this version does not have.
    Unsupported,
    /// The file is larger than the caller's limits allow.
    Limit,
    /// The caller stopped the work.
    Cancelled,
    /// The model or its backend failed.
    Backend,
    /// A file cannot be read or written. This crate touches no files; the crates that do share this type.
    Io,
}

impl ErrorKind {
    /// The name that programs in other languages get.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Argument => "argument",
            ErrorKind::BadData => "bad data",
            ErrorKind::MissingModel => "missing model",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::Limit => "limit",
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::Backend => "backend",
            ErrorKind::Io => "io",
        }
    }
}

impl Error {
    /// The kind of this error.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::ImageSize { .. }
            | Error::SampleCount { .. }
            | Error::SampleFormat { .. }
            | Error::SampleRange { .. }
            | Error::PaletteMissing
            | Error::PaletteSize { .. }
            | Error::ColorKey { .. }
            | Error::MethodFormat { .. }
            | Error::MethodModel { .. }
            | Error::TilingRange { .. }
            | Error::Region { .. }
            | Error::NoThumbnail
            | Error::NoJpeg
            | Error::MetadataTag { .. }
            | Error::NoPredictor { .. } => ErrorKind::Argument,
            Error::Signature { .. }
            | Error::Truncated { .. }
            | Error::TrailingBytes { .. }
            | Error::HeaderChecksum { .. }
            | Error::HeaderField { .. }
            | Error::ColorSet { .. }
            | Error::SampleMap { .. }
            | Error::MetadataContent { .. }
            | Error::GroupChecksum { .. }
            | Error::GroupTruncated { .. }
            | Error::GroupContent { .. }
            | Error::PreviewChecksum { .. }
            | Error::PreviewContent { .. }
            | Error::ModelFormat { .. }
            | Error::ModelTile { .. }
            | Error::PixelDigest { .. } => ErrorKind::BadData,
            Error::UnknownModel { .. } => ErrorKind::MissingModel,
            Error::Unsupported { .. } | Error::HoldsJpeg => ErrorKind::Unsupported,
            Error::LimitExceeded { .. } => ErrorKind::Limit,
            Error::WrongModel { .. }
            | Error::ModelChannels { .. }
            | Error::ModelLevels { .. }
            | Error::ModelSpec { .. }
            | Error::Predictor { .. } => ErrorKind::Backend,
            Error::Cancelled => ErrorKind::Cancelled,
        }
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Error {
        match never {}
    }
}

struct Hex<'a>(&'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
