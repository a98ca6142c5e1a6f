//! Reads an image file: its picture, and what a .pxc file can hold of the file itself.

use pxc_picture::{InputFormat, MetadataChunk, Picture, exact, metadata};
use pxc_runtime::Limits;

use crate::arguments::choices::{ExactFileChoice, StripChoice};
use crate::coding::encoding::description::most_description_bytes;
use crate::coding::encoding::task::EncodingTask;
use crate::coding::exactness::Obstacle;
use crate::coding::jpeg;
use crate::error::Error;
use crate::files::location::Location;
use crate::files::naming::kept_extension::NamedFormat;
use crate::files::reading::{self, Input};
use crate::terminal::console::say;

/// Copies of a file and its samples that are in memory while the file is described.
const COPIES: u64 = 6;

/// What a .pxc file can hold of its input.
pub(crate) enum Held {
    /// The .pxc file that holds a JPEG file.
    Jpeg(Vec<u8>),
    /// The chunk that describes the file.
    File(MetadataChunk),
    /// Pixels and metadata, for a reason.
    Pixels(Obstacle),
    /// Pixels and metadata, as the options ask.
    NotAsked,
}

/// An image file that was read.
pub(crate) struct ImageFile {
    /// The picture, with the metadata to keep.
    pub(crate) picture: Picture,
    /// The file.
    pub(crate) input: Input,
    /// What can be kept of the file; `None` if that is decided while the image is coded.
    pub(crate) held: Option<Held>,
}

/// Reads the picture of an image file, and decides what can be kept of the file.
pub(crate) fn read(task: &EncodingTask<'_>, input: Input) -> Result<ImageFile, Error> {
    let (arguments, limits) = (task.arguments, *task.coding.limits());
    let source = task.paths.input;
    if jpeg::is_jpeg(&input.bytes)
        && let Some((bytes, picture)) = keep_jpeg(task, &input)?
    {
        let held = Some(Held::Jpeg(bytes));
        return Ok(ImageFile {
            picture,
            input,
            held,
        });
    }
    let lossy = arguments.allow_lossy_source;
    let location = source.clone();
    let read = task.coding.in_time(source, task.meter, move || {
        let picture = reading::picture(&location, &input, lossy, &limits)?;
        Ok::<_, Error>((picture, input))
    })?;
    let (picture, input) = read?;
    if describes_beside(task, &picture, &input) {
        return Ok(ImageFile {
            picture,
            input,
            held: None,
        });
    }
    let (location, asked) = (source.clone(), task.exact_files());
    let read = task.coding.in_time(source, task.meter, move || {
        let held = describe(&location, &picture, &input.bytes, asked, &limits)?;
        Ok::<_, Error>((picture, input, held))
    })?;
    let (mut picture, input, held) = read?;
    if let Some(which) = arguments.strip {
        let mut keep = metadata::keep_look();
        let stripped = picture.strip(|chunk| which == StripChoice::Safe && keep(chunk));
        if arguments.messages.verbose && !stripped.is_empty() {
            let names = stripped.join(", ");
            say(format_args!("{source}: --strip removes {names}"));
        }
    }
    Ok(ImageFile {
        picture,
        input,
        held: Some(held),
    })
}

/// A JPEG file in a .pxc file, and its picture; `None` if the options allow to keep only its pixels, and no more can be
/// kept.
fn keep_jpeg(task: &EncodingTask<'_>, input: &Input) -> Result<Option<(Vec<u8>, Picture)>, Error> {
    if !task.may_keep_jpeg()? {
        return Ok(None);
    }
    let name = task.name_chunk(Some(NamedFormat::Jpeg));
    match jpeg::compress(
        task.paths.input,
        &input.bytes,
        name,
        task.coding,
        task.meter,
    ) {
        Err(Error::Picture {
            source: pxc_picture::Error::NotCoded,
            ..
        }) if task.arguments.allow_lossy_source => Ok(None),
        kept => kept.map(Some),
    }
}

/// Whether the file is described while its image is coded: it takes long, and nothing depends on it before.
fn describes_beside(task: &EncodingTask<'_>, picture: &Picture, input: &Input) -> bool {
    let is_asked = matches!(
        task.exact_files(),
        Some(ExactFileChoice::Auto | ExactFileChoice::Always)
    );
    let held = input.bytes.len() + picture.image.samples().len();
    is_asked
        && picture.source == InputFormat::Png
        && picture.dropped.is_empty()
        && task.coding.has_room_beside(COPIES * held as u64)
}

/// Describes the file: returns the chunks, or the reason why there are none. `choice` is `None` if no file is to come
/// back.
pub(crate) fn describe(
    location: &Location,
    picture: &Picture,
    bytes: &[u8],
    choice: Option<ExactFileChoice>,
    limits: &Limits,
) -> Result<Held, Error> {
    let Some(choice) = choice.filter(|&choice| choice != ExactFileChoice::Never) else {
        return Ok(Held::NotAsked);
    };
    let most = most_description_bytes(choice, bytes.len(), picture);
    match exact::describe(bytes, picture, most, limits) {
        Ok(chunk) => Ok(Held::File(chunk)),
        Err(source) if choice == ExactFileChoice::Require => Err(Error::ExactFile {
            location: location.clone(),
            source,
        }),
        Err(error) => Ok(Held::Pixels(error.into())),
    }
}
