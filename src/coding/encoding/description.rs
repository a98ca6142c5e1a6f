//! Puts the description of an input, or the reason why there is none, into its .pxc file, once the size of that is
//! known.

use pxc_picture::exact::Reason;
use pxc_picture::{InputFormat, MetadataChunk, Picture};

use crate::arguments::choices::ExactFileChoice;
use crate::coding::encoding::task::EncodingTask;
use crate::coding::engine::Rewritten;
use crate::coding::exactness::{Exactness, Obstacle};
use crate::error::Error;

/// The bytes that a description may always cost, even if nothing would be lost without it. That of an icon takes 60 to
/// 100.
const LEAST: usize = 256;
/// The share of a .pxc file that it may cost.
const SHARE: usize = 100;

/// The most bytes that a description may cost in a file of this many bytes: any number for formats that do not
/// compress, and if the picture alone would lose something. A .pxc file is hardly ever longer than its input, so the
/// input's bytes are a bound, too.
pub(crate) fn most_description_bytes(
    choice: ExactFileChoice,
    file: usize,
    picture: &Picture,
) -> usize {
    let is_plain = [InputFormat::Bmp, InputFormat::Pnm, InputFormat::Qoi].contains(&picture.source);
    let may_go = picture.dropped.is_empty() && !is_plain;
    match choice {
        ExactFileChoice::Auto if may_go => LEAST.max(file / SHARE),
        _ => usize::MAX,
    }
}

/// Adds a description to a .pxc file and its picture; or the reason why there is none, for example that `auto` finds it
/// too large.
pub(crate) fn add_description(
    task: &EncodingTask<'_>,
    file: Vec<u8>,
    picture: &mut Picture,
    description: MetadataChunk,
) -> Result<(Vec<u8>, Exactness), Error> {
    let choice = task.arguments.exact_file;
    let mut metadata = picture.metadata.clone();
    metadata.push(description);
    let exact = match rewritten(task, &file, &metadata)? {
        Rewritten::Written(exact) => exact,
        Rewritten::TooLarge(source) if choice == ExactFileChoice::Require => {
            return Err(Error::ExactFile {
                location: task.paths.input.clone(),
                source,
            });
        }
        Rewritten::TooLarge(error) => return add_reason(task, file, picture, error.into()),
    };
    let cost = exact.len().saturating_sub(file.len());
    if cost > most_description_bytes(choice, file.len(), picture) {
        let bytes = cost as u64;
        return add_reason(task, file, picture, Reason::Cost { bytes }.into());
    }
    picture.metadata = metadata;
    picture.dropped.clear();
    Ok((exact, Exactness::Exact(cost)))
}

/// Adds the reason why a .pxc file has no description, if the limits allow it.
pub(crate) fn add_reason(
    task: &EncodingTask<'_>,
    file: Vec<u8>,
    picture: &mut Picture,
    obstacle: Obstacle,
) -> Result<(Vec<u8>, Exactness), Error> {
    let mut metadata = picture.metadata.clone();
    metadata.push(obstacle.reason.chunk());
    let file = match rewritten(task, &file, &metadata)? {
        Rewritten::Written(with_reason) => {
            picture.metadata = metadata;
            with_reason
        }
        Rewritten::TooLarge(_) => file,
    };
    Ok((file, Exactness::Pixels(obstacle)))
}

fn rewritten(
    task: &EncodingTask<'_>,
    file: &[u8],
    metadata: &[MetadataChunk],
) -> Result<Rewritten, Error> {
    task.coding
        .rewrite(task.paths.input, file, metadata, task.meter)
}
