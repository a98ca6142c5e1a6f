//! What a .pxc file can preserve of its input: the whole file, or pixels and metadata.

use pxc_picture::exact::Reason;
use pxc_picture::{InputFormat, MetadataChunk, OutputFormat, Picture, exact};
use pxc_runtime::Limits;

use crate::arguments::choices::ExactFileChoice;
use crate::coding::exactness::max_description_bytes;
use crate::error::{Error, message_of};
use crate::files::location::Location;
use crate::files::naming::stored_extension::NamedFormat;

/// What a .pxc file can preserve of its input.
pub(crate) enum Preserved {
    /// The .pxc file that holds a JPEG file.
    Jpeg(Vec<u8>),
    /// The chunk that describes the file.
    File(MetadataChunk),
    /// Pixels and metadata, for a reason.
    Pixels(Reason),
    /// Pixels and metadata, as the options ask.
    NotAsked,
}

/// The format of the file that comes back, byte for byte or as an image of the same format.
pub(crate) fn format_of(picture: &Picture, preserved: Option<&Preserved>) -> Option<NamedFormat> {
    let described = match preserved {
        Some(Preserved::File(chunk)) => {
            exact::find(std::slice::from_ref(chunk)).map(|found| found.format)
        }
        Some(Preserved::Jpeg(_)) => return None,
        Some(Preserved::Pixels(_) | Preserved::NotAsked) | None => None,
    };
    let is_png = picture.source == InputFormat::Png;
    let format = described.or(is_png.then_some(OutputFormat::Png));
    format.map(NamedFormat::Other)
}

/// Describes the file: returns the chunk, or the reason why there is none. `choice` is `None` if no file is to come
/// back.
pub(crate) fn describe(
    location: &Location,
    picture: &Picture,
    bytes: &[u8],
    choice: Option<ExactFileChoice>,
    limits: &Limits,
) -> Result<Preserved, Error> {
    let Some(choice) = choice.filter(|&choice| choice != ExactFileChoice::Never) else {
        return Ok(Preserved::NotAsked);
    };
    let most = max_description_bytes(choice, bytes.len(), picture);
    match exact::describe(bytes, picture, most, limits) {
        Ok(chunk) => Ok(Preserved::File(chunk)),
        Err(source) if choice == ExactFileChoice::Require => Err(Error::ExactFile {
            location: location.clone(),
            source,
        }),
        Err(pxc_picture::Error::NotDescribed { reason }) => Ok(Preserved::Pixels(reason)),
        Err(error) => Ok(Preserved::Pixels(Reason::Other {
            message: message_of(&error),
        })),
    }
}
