//! The description of a file among a `.pxc` file's chunks, and the extension of the file's name.

use pxc_codec::{Limits, MetadataChunk};

use crate::error::{Error, Result};
use crate::exact::png_file as png;
use crate::exact::stretches::StreamLimits;
use crate::exact::template::file as template;
use crate::formats::input::InputFormat;
use crate::formats::output::OutputFormat;
use crate::picture::Picture;

/// The tag of the chunk with an extension.
const EXTENSION: [u8; 4] = *b"fiEx";
/// Most bytes of an extension.
const LONGEST_EXTENSION: usize = 32;

/// The copies of a PNG file and of its rows that are in memory while it is described.
const PNG_FILES: u64 = 3;
const PNG_ROWS: u64 = 2;
/// Bytes of a known encoder's tables.
const ENCODER: u64 = 1 << 24;

/// The description of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description<'a> {
    /// The format of the file.
    pub format: OutputFormat,
    /// The data of the chunk.
    pub data: &'a [u8],
}

/// Finds the description among a `.pxc` file's chunks.
pub fn find(metadata: &[MetadataChunk]) -> Option<Description<'_>> {
    metadata.iter().find_map(|chunk| {
        let data = chunk.data.as_slice();
        let format = match chunk.tag {
            png::TAG => OutputFormat::Png,
            template::TAG => template::format(data)?,
            _ => return None,
        };
        Some(Description { format, data })
    })
}

/// Describes the file `bytes`, of which `picture` was read. Checks that the file can be rebuilt from the description.
///
/// For a PNG file whose encoder is not known, this calls preflate-rs, which may print to standard output. It stops,
/// with [`Reason::Cost`](super::Reason), once the description takes more than `max_bytes`. It does not call
/// preflate-rs if that might take more memory than the limits allow.
///
/// # Errors
/// [`Error::NotDescribed`] with the reason, or [`Error::Unproved`]. An error of kind `Limit` if file, picture and
/// description together take more memory than the limits allow.
pub fn describe(
    bytes: &[u8],
    picture: &Picture,
    max_bytes: usize,
    limits: &Limits,
) -> Result<MetadataChunk> {
    let (file, samples) = (bytes.len() as u64, picture.image.samples().len() as u64);
    let left = limits.reserve(file + samples).map_err(Error::limit)?;
    match picture.source {
        InputFormat::Png => {
            let work = ENCODER + PNG_FILES * file + PNG_ROWS * samples;
            let free = left.reserve(work).map_err(Error::limit)?.max_memory;
            png::describe(
                bytes,
                picture,
                StreamLimits {
                    max_bytes,
                    memory: free,
                },
                &left,
            )
        }
        _ => template::describe(bytes, picture, &left),
    }
}

/// Makes a chunk of the extension of a file's name, with its dot, or empty; `None` if other systems may not allow it in
/// a name.
pub fn extension_chunk(extension: &str) -> Option<MetadataChunk> {
    is_extension(extension).then(|| MetadataChunk {
        tag: EXTENSION,
        data: extension.into(),
    })
}

/// Finds the extension among a `.pxc` file's chunks, if it is legal.
pub fn extension(metadata: &[MetadataChunk]) -> Option<&str> {
    let chunk = metadata.iter().find(|chunk| chunk.tag == EXTENSION)?;
    let extension = std::str::from_utf8(&chunk.data).ok()?;
    is_extension(extension).then_some(extension)
}

/// A dot and some letters, or nothing. An extension never leads to another folder.
fn is_extension(extension: &str) -> bool {
    let Some(name) = extension.strip_prefix('.') else {
        return extension.is_empty();
    };
    let is_legal = |char: char| char.is_alphanumeric() || "-_+~".contains(char);
    !name.is_empty() && extension.len() <= LONGEST_EXTENSION && name.chars().all(is_legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_letters() {
        for legal in ["", ".png", ".PNG", ".2", ".ünï"] {
            let chunk = extension_chunk(legal).expect("legal");
            assert_eq!(extension(&[chunk]), Some(legal));
        }
        let long = format!(".{}", "x".repeat(32));
        for other in [
            "png", ".", "..", "./a", ".a/b", ".a\\b", ".a.b", ".a b", ".a\0", &long,
        ] {
            assert_eq!(extension_chunk(other), None, "{other}");
            let hostile = MetadataChunk {
                tag: EXTENSION,
                data: other.into(),
            };
            assert_eq!(extension(&[hostile]), None, "{other}");
        }
    }
}
