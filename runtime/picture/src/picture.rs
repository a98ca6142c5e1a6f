//! An image with the metadata of its file.

use pxc_codec::{Image, MetadataChunk};

use crate::formats::input::InputFormat;
use crate::formats::tiff::tags::is_metadata;

/// An image with the metadata of its file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Picture {
    /// The pixels.
    pub image: Image,
    /// The metadata, as PNG chunks in file order. This is how a `.pxc` file carries it.
    pub metadata: Vec<MetadataChunk>,
    /// What the picture lacks: names of chunks or fields, further pages or frames, in file order; then losses in parts
    /// that it keeps, such as padding bits. Each name occurs once. There are at most 256; the last one may stand for
    /// others.
    pub dropped: Vec<String>,
    /// Whether these are also images: pages or frames of the file after the first.
    pub drops_images: bool,
    /// The format of the file.
    pub source: InputFormat,
}

impl Picture {
    /// Removes the metadata chunks for which `keep` returns `false`; `keep` may also shorten the others. Returns the
    /// names of the chunks that are gone or shorter, and of the chunks and fields that were dropped before. Everything
    /// else in [`Picture::dropped`] stays there: frames, pages and trailing bytes are not metadata.
    pub fn strip(&mut self, mut keep: impl FnMut(&mut MetadataChunk) -> bool) -> Vec<String> {
        let mut names = Vec::new();
        self.metadata.retain_mut(|chunk| {
            let bytes = chunk.data.len();
            let kept = keep(chunk);
            let name = String::from_utf8_lossy(&chunk.tag);
            if (!kept || chunk.data.len() < bytes) && !names.iter().any(|known| *known == name) {
                names.push(name.into_owned());
            }
            kept
        });
        names.extend(
            self.dropped
                .extract_if(.., |name| is_chunk_name(name) || is_metadata(name)),
        );
        names
    }

    /// A picture without metadata.
    pub(crate) fn plain(source: InputFormat, image: Image) -> Picture {
        Picture {
            image,
            metadata: Vec::new(),
            dropped: Vec::new(),
            drops_images: false,
            source,
        }
    }
}

/// Whether a name is the type of a PNG chunk.
fn is_chunk_name(name: &str) -> bool {
    name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pxc_codec::ColorType;

    #[test]
    fn only_metadata_is_stripped() {
        let image = Image::new(1, 1, ColorType::Gray, vec![0]).expect("legal");
        let mut picture = Picture::plain(InputFormat::Png, image);
        let chunk = |tag: &[u8; 4]| MetadataChunk {
            tag: *tag,
            data: Vec::new(),
        };
        picture.metadata = [b"gAMA", b"tEXt", b"tEXt"].map(chunk).to_vec();
        picture.dropped = [
            "iDOT",
            "frame 2 of the animation",
            "TIFF field Make (271)",
            "5 bytes after IEND",
            "TIFF field SubIFDs (330)",
        ]
        .map(String::from)
        .to_vec();
        assert_eq!(
            picture.strip(|chunk| chunk.tag == *b"gAMA"),
            ["tEXt", "iDOT", "TIFF field Make (271)"]
        );
        assert_eq!(picture.metadata, [chunk(b"gAMA")]);
        assert_eq!(
            picture.dropped,
            [
                "frame 2 of the animation",
                "5 bytes after IEND",
                "TIFF field SubIFDs (330)"
            ]
        );
    }
}
