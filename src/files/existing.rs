//! `--skip-existing`: whether an output is there already, so that a stopped run can be resumed.

use std::path::Path;

use pxc_picture::{JpegFile, ReadOptions, exact, read_picture};
use pxc_runtime::{ErrorKind, Limits, SIGNATURE, check_file, read_header};

use crate::files::attributes::FileState;
use crate::files::location::{Location, Paths};
use crate::files::reading::read_input;

/// What there is under the name of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// The output of this input.
    Done,
    /// A .pxc file that is damaged, not complete or older than its input, or an empty file.
    Unfinished,
    /// Nothing, or another file.
    Other,
}

impl Existing {
    /// Compares an output with its input: the content if a .pxc file keeps the digest of its original file, else the
    /// times. Outputs carry the times of their inputs. With `requires_file`, a .pxc file that keeps no original file is
    /// not complete.
    pub(crate) fn of(paths: Paths<'_>, requires_file: bool, limits: &Limits) -> Existing {
        let (Location::File(input), Location::File(output)) = (paths.input, paths.output) else {
            return Existing::Other;
        };
        let (Ok(read), Ok(written)) = (FileState::of(input), FileState::of(output)) else {
            return Existing::Other;
        };
        let Ok(found) = read_input(paths.output, limits) else {
            return Existing::Other;
        };
        let bytes = found.bytes;
        let (is_older, is_coded) = (written.is_older_than(&read), bytes.starts_with(&SIGNATURE));
        let is_complete = match is_coded {
            true => check_file(&bytes, limits)
                .map(drop)
                .map_err(|error| error.kind()),
            false => Ok(()),
        };
        match is_complete {
            Err(ErrorKind::BadData) => return Existing::Unfinished,
            Err(_) => return Existing::Other,
            Ok(()) if bytes.is_empty() => return Existing::Unfinished,
            Ok(()) => {}
        }
        let is_original = match is_coded {
            true => keeps(&bytes, input, limits),
            false => (!is_image(&bytes, limits)).then_some(false),
        };
        match (is_original, is_older) {
            (None, false) if is_coded && requires_file => Existing::Unfinished,
            (Some(true), _) | (None, false) => Existing::Done,
            (_, true) if is_coded => Existing::Unfinished,
            (Some(false), _) | (None, true) => Existing::Other,
        }
    }
}

/// Whether a .pxc file keeps the bytes of a file; `None` if it keeps no file.
fn keeps(coded: &[u8], path: &Path, limits: &Limits) -> Option<bool> {
    let header = read_header(coded, limits).ok()?;
    let jpeg = JpegFile::read(coded, limits).ok()?;
    let described = exact::find(&header.metadata);
    if jpeg.is_none() && described.is_none() {
        return None;
    }
    let original = read_input(&Location::File(path.to_owned()), limits).ok()?;
    let original = original.bytes;
    Some(match jpeg {
        Some(jpeg) => jpeg.digest == JpegFile::digest_of(&original),
        None => described.is_some_and(|described| described.is_of(&original)),
    })
}

fn is_image(bytes: &[u8], limits: &Limits) -> bool {
    let options = ReadOptions::new(*limits).with_allow_lossy(true);
    read_picture(bytes, &options).is_ok()
}
