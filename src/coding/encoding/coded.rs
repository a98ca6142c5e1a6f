//! Makes the bytes of a .pxc file.

use std::panic::resume_unwind;
use std::thread::{self, ScopedJoinHandle};

use pxc_picture::{InputFormat, OutputFormat, Picture, exact};
use pxc_runtime::Times;

use crate::coding::encoding::description::{add_description, add_reason};
use crate::coding::encoding::image_file::{Held, ImageFile, describe};
use crate::coding::encoding::losses;
use crate::coding::encoding::task::EncodingTask;
use crate::coding::engine::Rewritten;
use crate::coding::exactness::Exactness;
use crate::error::Error;
use crate::files::naming::kept_extension::NamedFormat;
use crate::files::reading::Input;

/// A .pxc file, and what it was made of.
pub(crate) struct CodedFile {
    /// The .pxc file.
    pub(crate) bytes: Vec<u8>,
    /// Where the time went.
    pub(crate) times: Times,
    /// Whether the input comes back byte for byte.
    pub(crate) exactness: Exactness,
    /// The picture that the .pxc file holds.
    pub(crate) picture: Picture,
    /// The image file.
    pub(crate) input: Input,
}

/// Makes the .pxc file of an image file. `earlier` is one of the same image, which need not be coded again. Reports
/// what the file does not keep.
pub(crate) fn encode(
    task: &EncodingTask<'_>,
    file: ImageFile,
    earlier: Option<&[u8]>,
) -> Result<CodedFile, Error> {
    let format = format_of(&file);
    let ImageFile {
        mut picture,
        input,
        held,
    } = file;
    picture.metadata.extend(task.name_chunk(format));
    let (held, (bytes, times)) = match held {
        Some(Held::Jpeg(bytes)) => {
            return Ok(CodedFile {
                bytes,
                times: Times::default(),
                exactness: Exactness::Exact(0),
                picture,
                input,
            });
        }
        Some(held) => (held, code_image(task, &picture, earlier)?),
        None => {
            let (asked, limits) = (task.exact_files(), task.coding.limits());
            let describe = || describe(task.paths.input, &picture, &input.bytes, asked, limits);
            let (held, coded) = thread::scope(|scope| {
                let described = thread::Builder::new().spawn_scoped(scope, describe);
                let coded = code_image(task, &picture, earlier);
                let held = match described.map(ScopedJoinHandle::join) {
                    Ok(held) => held.unwrap_or_else(|panic| resume_unwind(panic)),
                    // The system has no more threads.
                    Err(_) => describe(),
                };
                (held, coded)
            });
            (held?, coded?)
        }
    };
    let (bytes, exactness) = match held {
        Held::File(chunk) => {
            let (bytes, exactness) = add_description(task, bytes, &mut picture, chunk)?;
            let keeping = match &exactness {
                Exactness::Pixels(obstacle) => obstacle.options.as_deref(),
                Exactness::Exact(_) | Exactness::NotAsked => None,
            };
            losses::check(task, &picture, keeping)?;
            (bytes, exactness)
        }
        Held::Pixels(obstacle) => add_reason(task, bytes, &mut picture, obstacle)?,
        Held::NotAsked | Held::Jpeg(_) => (bytes, Exactness::NotAsked),
    };
    Ok(CodedFile {
        bytes,
        times,
        exactness,
        picture,
        input,
    })
}

/// Codes an image, or replaces the metadata of an `earlier` .pxc file of it.
fn code_image(
    task: &EncodingTask<'_>,
    picture: &Picture,
    earlier: Option<&[u8]>,
) -> Result<(Vec<u8>, Times), Error> {
    let (coding, location, meter) = (task.coding, task.paths.input, task.meter);
    let Some(earlier) = earlier else {
        let effort = task.arguments.effort.0.into();
        let no_preview = task.arguments.no_preview;
        let (bytes, stats) = coding.compress(location, picture, effort, no_preview, meter)?;
        return Ok((bytes, stats.times));
    };
    match coding.rewrite(location, earlier, &picture.metadata, meter)? {
        Rewritten::Written(file) => Ok((file, Times::default())),
        Rewritten::TooLarge(source) => Err(Error::Picture {
            location: location.clone(),
            source,
        }),
    }
}

/// The format of the file that comes back, byte for byte or as an image of the same format.
fn format_of(file: &ImageFile) -> Option<NamedFormat> {
    let described = match &file.held {
        Some(Held::File(chunk)) => {
            exact::find(std::slice::from_ref(chunk)).map(|found| found.format)
        }
        Some(Held::Jpeg(_)) => return None,
        Some(Held::Pixels(_) | Held::NotAsked) | None => None,
    };
    let is_png = file.picture.source == InputFormat::Png;
    let format = described.or(is_png.then_some(OutputFormat::Png));
    format.map(NamedFormat::Other)
}
