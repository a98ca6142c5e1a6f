//! `compress --rm` after a run that ended between writing a .pxc file and removing its input: accepts the file on disk
//! if it is proven to hold the input, and if a file written now would hold no more.

use std::path::Path;

use pxc_picture::{JpegFile, exact};
use pxc_runtime::{SIGNATURE, check_file, read_header};

use crate::coding::encoding::coded::encode;
use crate::coding::encoding::image_file::{self, Held};
use crate::coding::encoding::losses;
use crate::coding::encoding::task::EncodingTask;
use crate::coding::exactness::Exactness;
use crate::coding::outcome::{Done, Outcome};
use crate::commands::compress::report::Report;
use crate::commands::verification::{promised_file, verify_coded};
use crate::error::Error;
use crate::files::naming::kept_extension::NamedFormat;
use crate::files::output;
use crate::files::reading::{Input, read_input};
use crate::files::removal::Removal;
use crate::terminal::console::say;

/// What an earlier output holds of its input.
struct Proven {
    input: Input,
    exactness: Exactness,
    /// Names of what is lost.
    lost: Vec<String>,
}

/// Removes an input that its output on the disk holds. Fails if it holds something else.
pub(crate) fn finish_earlier(
    task: &EncodingTask<'_>,
    path: &Path,
    report: Report<'_>,
) -> Result<Outcome, Error> {
    let (location, target) = (task.paths.input, task.paths.output);
    let options = &task.arguments.output;
    let file = output::earlier(path)?;
    let earlier = read_input(target, task.coding.limits())?.bytes;
    let proven = held_in(task, &earlier)?.ok_or_else(|| Error::NotHeld {
        path: path.to_owned(),
        input: location.clone(),
    })?;
    if options.dry_run {
        let output = target.clone();
        return Ok(Outcome::Planned { output });
    }
    let removal = Removal::of(location, &proven.input, options)?;
    output::settle(&file, location, proven.input.state.as_ref(), options)?;
    removal.map_or(Ok(()), |removal| removal.remove(Some(&file)))?;
    if task.arguments.messages.verbose {
        say(format_args!(
            "{location} → {target}: written by an earlier run"
        ));
    }
    report.exactness(&proven.exactness);
    Ok(Outcome::Done(Done {
        output: Some(target.clone()),
        bytes_in: proven.input.bytes.len() as u64,
        bytes_out: earlier.len() as u64,
        exactness: Some(proven.exactness),
        lost: proven.lost,
        removed: options.remove,
    }))
}

/// What a .pxc file holds of the input, if that is the whole file, or pixels and metadata where a file written now
/// would keep no more.
fn held_in(task: &EncodingTask<'_>, earlier: &[u8]) -> Result<Option<Proven>, Error> {
    let limits = task.coding.limits();
    if !earlier.starts_with(&SIGNATURE) || check_file(earlier, limits).is_err() {
        return Ok(None);
    }
    let input = read_input(task.paths.input, limits)?;
    let keeps_files = task.arguments.strip.is_none();
    if keeps_files && promises_file(task, earlier) && brings_back(task, &input, earlier)? {
        return Ok(Some(Proven {
            input,
            exactness: Exactness::Exact(0),
            lost: Vec::new(),
        }));
    }
    let file = image_file::read(task, input)?;
    if matches!(file.held, Some(Held::Jpeg(_))) {
        return Ok(None);
    }
    losses::check_file(task, &file)?;
    let coded = encode(task, file, Some(earlier))?;
    let verified = || verify_coded(task, &coded, earlier);
    let is_held = coded.bytes == earlier && is_true(verified().map(|()| true))?;
    Ok(is_held.then_some(Proven {
        input: coded.input,
        exactness: coded.exactness,
        lost: coded.picture.dropped,
    }))
}

/// Whether a .pxc file says that it keeps a whole file, under the name of this input.
fn promises_file(task: &EncodingTask<'_>, earlier: &[u8]) -> bool {
    let Ok(header) = read_header(earlier, task.coding.limits()) else {
        return false;
    };
    let format = match exact::find(&header.metadata) {
        _ if JpegFile::is_in(earlier) => NamedFormat::Jpeg,
        Some(described) => NamedFormat::Other(described.format),
        None => return false,
    };
    let name = task.name_chunk(Some(format));
    exact::extension(&header.metadata) == exact::extension(name.as_slice())
}

fn brings_back(task: &EncodingTask<'_>, input: &Input, earlier: &[u8]) -> Result<bool, Error> {
    let found = promised_file(task, earlier);
    is_true(found.map(|found| found.is_some_and(|file| file == input.bytes)))
}

/// The result of a comparison. A file that cannot be decoded holds nothing; only a time limit is an error.
fn is_true(compared: Result<bool, Error>) -> Result<bool, Error> {
    match compared {
        Err(error @ Error::Time { .. }) => Err(error),
        compared => Ok(compared.unwrap_or(false)),
    }
}
