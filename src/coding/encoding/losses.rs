//! What a .pxc file drops of its input.

use pxc_picture::{InputFormat, Picture};

use crate::coding::encoding::image_file::{Held, ImageFile};
use crate::coding::encoding::task::EncodingTask;
use crate::coding::losses::Losses;
use crate::error::Error;

/// Reports what the .pxc file drops, if only pixels and metadata are kept.
pub(crate) fn check_file(task: &EncodingTask<'_>, file: &ImageFile) -> Result<(), Error> {
    match &file.held {
        Some(held @ (Held::Pixels(_) | Held::NotAsked)) => {
            check(task, &file.picture, keeping(task, &file.picture, held))
        }
        Some(Held::File(_) | Held::Jpeg(_)) | None => Ok(()),
    }
}

/// Reports what the .pxc file drops. `keeping` are the options that may keep it.
pub(crate) fn check(
    task: &EncodingTask<'_>,
    picture: &Picture,
    keeping: Option<&str>,
) -> Result<(), Error> {
    let losses = Losses {
        input: task.paths.input,
        noted: task.paths.input,
        keeper: "the .pxc file",
        names: &picture.dropped,
        are_images: picture.drops_images,
        keeping,
    };
    losses.check(&task.arguments.output, task.arguments.messages.quiet)
}

/// The options that may keep a file of which these options keep pixels and metadata.
fn keeping<'a>(task: &EncodingTask<'_>, picture: &Picture, held: &'a Held) -> Option<&'a str> {
    let is_described = !matches!(
        picture.source,
        InputFormat::Jpeg | InputFormat::WebP | InputFormat::Gif
    );
    match held {
        Held::Pixels(obstacle) => obstacle.options.as_deref(),
        Held::NotAsked if is_described && task.arguments.strip.is_none() => {
            Some("--exact-file=always")
        }
        Held::NotAsked | Held::File(_) | Held::Jpeg(_) => None,
    }
}
