//! A file of any format that is read → pixels and metadata; what can be wrong with it.
//!
//! In: the bytes of a file. Out: a [`Picture`].

use pxc_runtime::{CodecError, Image, Limits, MetadataChunk};

use crate::formats::{SOURCES, Source};
use crate::png_reader::{PngError, read_png};
use crate::raster_reader::read_raster;

/// An image with everything that is kept of its file.
#[derive(Debug)]
pub(crate) struct Picture {
    /// The pixels.
    pub(crate) image: Image,
    /// The metadata that is kept, as PNG chunks, in file order.
    pub(crate) metadata: Vec<MetadataChunk>,
    /// What is not kept, in file order, each once.
    pub(crate) left_out: Vec<String>,
    /// The format of the file.
    pub(crate) source: Source,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// Not an image of a known format.
    #[error("byte 0x0: not an image of a known format: expected {SOURCES}, found {found}")]
    Unknown {
        /// The first bytes.
        found: String,
    },
    /// A PNG file that cannot be read.
    #[error("{0}")]
    Png(#[from] PngError),
    /// The bytes are not a sound file of their format.
    #[error("damaged {format}: {message}")]
    Damaged {
        /// Its name.
        format: &'static str,
        /// What is wrong.
        message: String,
    },
    /// A sound file of a kind that is not supported.
    #[error("{found} is not supported")]
    Unsupported {
        /// What the file is.
        found: String,
    },
    /// A file that has lost something already.
    #[error(
        "{found} is a lossy format: its file would not come back, only its pixels (do it with --allow-lossy-source)"
    )]
    Lossy {
        /// What the file is.
        found: &'static str,
    },
    /// More pixels or bytes than the limits allow.
    #[error("{0}")]
    Limit(CodecError),
}

impl SourceError {
    /// Whether the file is to blame, not this program.
    pub(crate) fn is_bad_data(&self) -> bool {
        matches!(
            self,
            SourceError::Unknown { .. }
                | SourceError::Damaged { .. }
                | SourceError::Png(PngError::Damaged(_))
        )
    }
}

/// Reads a whole file.
pub(crate) fn read_picture(
    bytes: &[u8],
    allow_lossy: bool,
    limits: &Limits,
) -> Result<Picture, SourceError> {
    let source = Source::detect(bytes).ok_or_else(|| SourceError::Unknown {
        found: beginning(bytes),
    })?;
    if !allow_lossy && source.is_lossy(bytes) {
        return Err(SourceError::Lossy {
            found: source.name(),
        });
    }
    match source {
        Source::Png => {
            let png = read_png(bytes, limits)?;
            Ok(Picture {
                image: png.image,
                metadata: png.metadata,
                left_out: png.left_out,
                source,
            })
        }
        _ => read_raster(source, bytes, allow_lossy, limits),
    }
}

fn beginning(bytes: &[u8]) -> String {
    match bytes {
        [] => "an empty file".into(),
        _ => {
            let bytes = bytes.iter().take(8).map(|byte| format!("{byte:02x}"));
            bytes.collect::<Vec<_>>().join(" ")
        }
    }
}
