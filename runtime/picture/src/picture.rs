//! An image with the metadata of its file.

use pxc_codec::{Image, MetadataChunk};

use crate::formats::input::InputFormat;

/// An image with the metadata of its file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Picture {
    /// The pixels.
    pub image: Image,
    /// The metadata, as PNG chunks in file order. This is how a `.pxc` file carries it.
    pub metadata: Vec<MetadataChunk>,
    /// What the picture lacks: names of chunks or fields, further pages or frames. In file order, each once.
    pub dropped: Vec<String>,
    /// The format of the file.
    pub source: InputFormat,
}

impl Picture {
    /// A picture without metadata.
    pub(crate) fn plain(source: InputFormat, image: Image) -> Picture {
        Picture {
            image,
            metadata: Vec::new(),
            dropped: Vec::new(),
            source,
        }
    }
}
