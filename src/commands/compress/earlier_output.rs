//! `compress --rm` after a run that ended between writing a .pxc file and removing its input: accepts the file on disk
//! if it is proven to hold the input, and if a file written now would hold no more.

use std::path::Path;

use pxc_picture::{JpegFile, exact};
use pxc_runtime::{SIGNATURE, check_file, read_header};

use crate::coding::batch_results::Outcome;
use crate::coding::exactness::Exactness;
use crate::coding::preserved::Preserved;
use crate::commands::compress::coded_file::coded_file;
use crate::commands::compress::compression::Compression;
use crate::commands::compress::reports::{check_loss, report_exactness};
use crate::commands::verification::{promised_file, verify_coded};
use crate::error::Error;
use crate::files::location::Paths;
use crate::files::naming::stored_extension::NamedFormat;
use crate::files::output;
use crate::files::reading::{Input, read_input};
use crate::files::removal::Removal;
use crate::terminal::console::say;
use crate::terminal::progress::FileMeter;

/// An input that an earlier output holds, and how much of it.
struct HeldInput {
    file: Input,
    exactness: Exactness,
    /// Names of what is lost.
    lost: Vec<String>,
}

/// Removes an input that its output on the disk, at `path`, holds. Fails if it holds something else.
pub(super) fn finish(
    compression: &Compression<'_>,
    paths: Paths<'_>,
    path: &Path,
    meter: &FileMeter<'_>,
) -> Result<Outcome, Error> {
    let options = &compression.arguments.output;
    let earlier = read_input(paths.output, compression.coding.limits())?.bytes;
    let held = held_input(compression, paths, &earlier, meter)?;
    let held = held.ok_or_else(|| Error::OutputDiffers {
        path: path.to_owned(),
        input: paths.input.clone(),
    })?;
    if options.dry_run {
        let output = paths.output.clone();
        return Ok(Outcome::Planned { output });
    }
    output::keep_earlier(path, (paths.input, held.file.state.as_ref()), options)?;
    Removal::of(paths.input, &held.file, options)?.map_or(Ok(()), Removal::remove)?;
    if compression.arguments.messages.verbose {
        say(format_args!("{paths}: written by an earlier run"));
    }
    report_exactness(compression, paths.input, &held.exactness);
    Ok(Outcome::Done {
        output: Some(paths.output.clone()),
        bytes_in: held.file.bytes.len() as u64,
        bytes_out: earlier.len() as u64,
        exactness: Some(held.exactness),
        lost: held.lost,
    })
}

/// The input, if a .pxc file holds it: the whole file, or pixels and metadata if a file written now would keep no more.
fn held_input(
    compression: &Compression<'_>,
    paths: Paths<'_>,
    earlier: &[u8],
    meter: &FileMeter<'_>,
) -> Result<Option<HeldInput>, Error> {
    let (arguments, coding) = (compression.arguments, &compression.coding);
    if !earlier.starts_with(&SIGNATURE) || check_file(earlier, coding.limits()).is_err() {
        return Ok(None);
    }
    if arguments.strip.is_none() {
        let file = read_input(paths.input, coding.limits())?;
        let is_promised = promises_file(compression, paths, earlier);
        if is_promised && brings_back(compression, paths, &file, earlier, meter)? {
            return Ok(Some(HeldInput {
                file,
                exactness: Exactness::Exact(0),
                lost: Vec::new(),
            }));
        }
    }
    let mut source = compression.read(paths, meter)?;
    if matches!(source.preserved, Some(Preserved::Jpeg(_))) {
        return Ok(None);
    }
    check_loss(arguments, paths.input, &source)?;
    let coded = coded_file(compression, paths, &mut source, Some(earlier), meter)?;
    let (picture, file) = (source.picture, source.file);
    let verified = || verify_coded(coding, paths.input, (&picture, &file), earlier, meter);
    let is_held = coded.bytes == earlier && is_true(verified().map(|()| true))?;
    Ok(is_held.then_some(HeldInput {
        file,
        exactness: coded.exactness,
        lost: picture.dropped,
    }))
}

/// Whether a .pxc file says that it keeps a whole file, under the name of this input.
fn promises_file(compression: &Compression<'_>, paths: Paths<'_>, earlier: &[u8]) -> bool {
    let Ok(header) = read_header(earlier, compression.coding.limits()) else {
        return false;
    };
    let format = match exact::find(&header.metadata) {
        _ if JpegFile::is_in(earlier) => NamedFormat::Jpeg,
        Some(described) => NamedFormat::Other(described.format),
        None => return false,
    };
    let name = compression.name_chunk(paths, Some(format));
    exact::extension(&header.metadata) == exact::extension(name.as_slice())
}

fn brings_back(
    compression: &Compression<'_>,
    paths: Paths<'_>,
    file: &Input,
    earlier: &[u8],
    meter: &FileMeter<'_>,
) -> Result<bool, Error> {
    let found = promised_file(&compression.coding, paths.input, earlier, meter);
    is_true(found.map(|found| found.is_some_and(|found| found == file.bytes)))
}

/// The result of a comparison. A file that cannot be decoded holds nothing; only a time limit is an error.
fn is_true(compared: Result<bool, Error>) -> Result<bool, Error> {
    match compared {
        Err(error @ Error::Time { .. }) => Err(error),
        compared => Ok(compared.unwrap_or(false)),
    }
}
