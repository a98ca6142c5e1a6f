//! An input that was read → the bytes of its .pxc file.

use pxc_picture::Picture;
use pxc_runtime::{Times, both};

use crate::coding::exactness::{DescriptionBudget, Exactness};
use crate::coding::preserved::{Preserved, describe, format_of};
use crate::commands::compress::compression::{Compression, Source};
use crate::commands::compress::reports::check_dropped;
use crate::error::Error;
use crate::files::location::{Location, Paths};
use crate::terminal::progress::FileMeter;

/// A .pxc file.
pub(super) struct CodedFile {
    pub(super) bytes: Vec<u8>,
    pub(super) times: Times,
    pub(super) exactness: Exactness,
}

/// Makes the .pxc file of an input. `earlier` is one of the same image, which need not be coded again. Reports what the
/// file does not keep.
pub(super) fn coded_file(
    compression: &Compression<'_>,
    paths: Paths<'_>,
    source: &mut Source,
    earlier: Option<&[u8]>,
    meter: &FileMeter<'_>,
) -> Result<CodedFile, Error> {
    let (arguments, coding, location) = (compression.arguments, &compression.coding, paths.input);
    let code = |picture: &Picture| match earlier {
        Some(earlier) => rewritten(compression, location, earlier, picture, meter),
        None => {
            let effort = arguments.effort.into();
            let coded = coding.compress(location, picture, effort, meter);
            coded.map(|(bytes, stats)| (bytes, stats.times))
        }
    };
    let picture = &mut source.picture;
    let format = format_of(picture, source.preserved.as_ref());
    let name = compression.name_chunk(paths, format);
    picture.metadata.extend(name);
    let (preserved, coded) = match source.preserved.take() {
        Some(Preserved::Jpeg(bytes)) => {
            return Ok(CodedFile {
                bytes,
                times: Times::default(),
                exactness: Exactness::Exact(0),
            });
        }
        Some(preserved) => (preserved, code(picture)?),
        None => {
            let (asked, limits) = (compression.asked(), coding.limits());
            let file = &source.file.bytes;
            let describe = || describe(location, picture, file, asked, limits);
            let (preserved, coded) = both(2, describe, || code(picture));
            (preserved?, coded?)
        }
    };
    let (bytes, times) = coded;
    let budget = DescriptionBudget {
        location,
        choice: arguments.exact_file,
        coding,
        meter,
    };
    let (bytes, exactness) = match preserved {
        Preserved::File(chunk) => {
            let added = budget.add_description(bytes, picture, chunk)?;
            check_dropped(arguments, location, picture, false)?;
            added
        }
        Preserved::Pixels(reason) => budget.add_reason(bytes, picture, reason)?,
        Preserved::NotAsked | Preserved::Jpeg(_) => (bytes, Exactness::NotAsked),
    };
    Ok(CodedFile {
        bytes,
        times,
        exactness,
    })
}

/// Replaces the metadata of a .pxc file by that of a picture.
fn rewritten(
    compression: &Compression<'_>,
    location: &Location,
    file: &[u8],
    picture: &Picture,
    meter: &FileMeter<'_>,
) -> Result<(Vec<u8>, Times), Error> {
    let coding = &compression.coding;
    let file = coding.rewrite(location, file, &picture.metadata, meter)?;
    let file = file.map_err(|source| Error::Picture {
        location: location.clone(),
        source,
    })?;
    Ok((file, Times::default()))
}
