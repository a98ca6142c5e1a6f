//! What `--dry-run` tells of an input, and which inputs of `--recursive` are ignored once they are read.

use pxc_picture::{InputFormat, Picture};

use crate::coding::encoding::task::EncodingTask;
use crate::coding::encoding::{image_file, losses};
use crate::coding::jpeg;
use crate::coding::outcome::Outcome;
use crate::error::Error;
use crate::files::inputs::Job;
use crate::files::reading::read_input;

/// Fails for an input that would be refused, as far as reading it tells. Returns the outcome if it would be ignored.
pub(crate) fn foresee(task: &EncodingTask<'_>, job: &Job) -> Result<Option<Outcome>, Error> {
    let (location, limits) = (&job.input, task.coding.limits());
    if location.is_stream() {
        return Ok(None);
    }
    let input = read_input(location, limits)?;
    if jpeg::is_jpeg(&input.bytes) {
        task.may_keep_jpeg()?;
        jpeg::check(location, &input.bytes)?;
        return Ok(None);
    }
    let file = image_file::read(task, input)?;
    let ignored = ignored(task, job, &file.picture);
    if ignored.is_none() {
        losses::check_file(task, &file)?;
    }
    Ok(ignored)
}

/// Ignores an animation that `--recursive` found, unless its first frame is enough.
pub(crate) fn ignored(task: &EncodingTask<'_>, job: &Job, picture: &Picture) -> Option<Outcome> {
    let is_animation = picture.source == InputFormat::Gif && picture.drops_images;
    let is_ignored = is_animation && job.is_found && !task.arguments.output.allow_loss;
    is_ignored.then(|| Outcome::Ignored {
        kind: "animated GIF".into(),
        reason: "animated GIF: see --allow-loss".into(),
    })
}
