//! Why a file has no description, in words and as a chunk.

use pxc_codec::MetadataChunk;
use pxc_codec::container::varint;

use crate::formats::input::InputFormat;
use crate::ledger::PADDING_BITS;

/// The tag of the chunk with a reason.
pub(crate) const TAG: [u8; 4] = *b"fiNo";

const OTHER: u8 = 0;
const LOSSLESS_WEBP: u8 = 1;
const GIF: u8 = 2;
const JPEG_PIXELS: u8 = 3;
const COMPRESSED: u8 = 4;
const DEFLATE_STREAM: u8 = 5;
const COST: u8 = 6;
const PADDING: u8 = 7;

/// Why a file has no description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Files of this format have no descriptions.
    #[error("{}", without_description(*.format))]
    Format {
        /// The format.
        format: InputFormat,
    },
    /// A TIFF file with compressed pixels.
    #[error("its pixels are compressed")]
    Compressed,
    /// A PNG file of an unusual encoder.
    #[error("its deflate stream cannot be predicted")]
    DeflateStream,
    /// A PNG file with bits behind the ends of its rows.
    #[error("{PADDING_BITS}")]
    PaddingBits,
    /// The description would be a large part of the `.pxc` file.
    #[error("its description would take {bytes} bytes or more, a large part of the .pxc file")]
    Cost {
        /// Bytes of the description, or of a part of it.
        bytes: u64,
    },
    /// Anything else. A chunk does not store the message.
    #[error("{message}")]
    Other {
        /// What it is.
        message: String,
    },
}

fn without_description(format: InputFormat) -> String {
    match format {
        InputFormat::Jpeg => "Lepton does not code this JPEG file".into(),
        format => format!("pxc does not rebuild {} files", format.name()),
    }
}

impl Reason {
    pub(crate) fn other(message: impl Into<String>) -> Reason {
        Reason::Other {
            message: message.into(),
        }
    }

    /// Writes the reason as a chunk of a `.pxc` file.
    pub fn chunk(&self) -> MetadataChunk {
        let mut data = vec![match self {
            Reason::Format { format } => match format {
                InputFormat::WebP => LOSSLESS_WEBP,
                InputFormat::Gif => GIF,
                InputFormat::Jpeg => JPEG_PIXELS,
                _ => OTHER,
            },
            Reason::Compressed => COMPRESSED,
            Reason::DeflateStream => DEFLATE_STREAM,
            Reason::PaddingBits => PADDING,
            Reason::Cost { .. } => COST,
            Reason::Other { .. } => OTHER,
        }];
        if let Reason::Cost { bytes } = self {
            varint::write(&mut data, *bytes);
        }
        MetadataChunk { tag: TAG, data }
    }

    /// Finds the reason among a `.pxc` file's chunks.
    pub fn find(metadata: &[MetadataChunk]) -> Option<Reason> {
        let chunk = metadata.iter().find(|chunk| chunk.tag == TAG)?;
        let (&code, mut rest) = chunk.data.split_first()?;
        let format = |format| Reason::Format { format };
        Some(match code {
            LOSSLESS_WEBP => format(InputFormat::WebP),
            GIF => format(InputFormat::Gif),
            JPEG_PIXELS => format(InputFormat::Jpeg),
            COMPRESSED => Reason::Compressed,
            DEFLATE_STREAM => Reason::DeflateStream,
            PADDING => Reason::PaddingBits,
            COST => Reason::Cost {
                bytes: varint::read(&mut rest)?,
            },
            _ => Reason::other("pxc could not rebuild it"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_come_back() {
        let formats = [InputFormat::WebP, InputFormat::Gif, InputFormat::Jpeg];
        let formats = formats.map(|format| Reason::Format { format });
        let more = [
            Reason::Compressed,
            Reason::DeflateStream,
            Reason::PaddingBits,
            Reason::Cost { bytes: 70_000 },
        ];
        for reason in formats.into_iter().chain(more) {
            let chunk = reason.chunk();
            assert!(chunk.data.len() <= 4, "{reason:?}");
            assert_eq!(Reason::find(&[chunk]), Some(reason));
        }
        let said = |data: &[u8]| {
            let data = data.to_vec();
            Reason::find(&[MetadataChunk { tag: TAG, data }])
        };
        let other = Reason::other("its header is strange").chunk();
        assert_eq!(said(&other.data), said(&[200]));
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[COST]), None);
    }
}
