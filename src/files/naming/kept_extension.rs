//! The extension of its input's name that a .pxc file stores.
//!
//! [`chunk`] makes it, [`extension`] finds it.

use std::path::Path;

use pxc_picture::{JpegFile, Limits, MetadataChunk, OutputFormat, exact};
use pxc_runtime::read_header;

use crate::files::beginning::Beginning;
use crate::files::location::{Location, Paths};
use crate::files::naming::extensions::{extension_of, holds, is_jpeg_name};

/// Bytes at the beginning of a .pxc file in which pxc looks for the header: at first, and if that fails.
const LONGEST_BEGINNINGS: [u64; 2] = [1 << 14, 1 << 27];

/// The format of a file whose name matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedFormat {
    /// JPEG, which comes back unchanged.
    Jpeg,
    /// A format that pxc writes.
    Other(OutputFormat),
}

impl NamedFormat {
    /// Whether a name promises this format.
    fn suits(self, path: &Path) -> bool {
        match self {
            NamedFormat::Jpeg => is_jpeg_name(path),
            NamedFormat::Other(format) => {
                OutputFormat::of_name(path).is_some_and(|named| holds(named, format))
            }
        }
    }
}

/// Makes the chunk with the extension of an input's name, if it does not follow from the name of the .pxc file. An
/// extension that a .pxc file cannot store becomes an empty one if the name of the .pxc file is that of the input and a
/// suffix: the name comes back all the same.
pub(crate) fn chunk(paths: Paths<'_>, suffix: &str, format: NamedFormat) -> Option<MetadataChunk> {
    let (Location::File(path), Location::File(output)) = (paths.input, paths.output) else {
        return None;
    };
    if format.suits(path) {
        return None;
    }
    let is_whole = || {
        let mut whole = path.file_name()?.to_owned();
        whole.push(suffix);
        (output.file_name()? == whole).then_some("")
    };
    exact::extension_chunk(&extension_of(path)).or_else(|| exact::extension_chunk(is_whole()?))
}

/// Finds the extension that the name of a file needs beyond the rules of the command, at the beginning of its .pxc
/// file: the one that the file had, or that of its format. `stem` is the name of the .pxc file without its suffix. A
/// file that cannot be read fails later.
pub(crate) fn extension(input: &Location, stem: &Path) -> Option<String> {
    let mut file = Beginning::open(input).ok()??;
    for most in LONGEST_BEGINNINGS {
        let beginning = file.read(most).ok()?;
        let holds_jpeg = JpegFile::is_in(beginning);
        let Ok(header) = read_header(beginning, &Limits::default()) else {
            continue;
        };
        let kept = exact::extension(&header.metadata).map(str::to_owned);
        return kept.or_else(|| {
            let format = match holds_jpeg {
                true => NamedFormat::Jpeg,
                false => NamedFormat::Other(exact::find(&header.metadata)?.format),
            };
            Some(match format {
                format if format.suits(stem) => extension_of(stem),
                NamedFormat::Jpeg => ".jpg".into(),
                NamedFormat::Other(format) => format!(".{}", format.extension()),
            })
        });
    }
    None
}
