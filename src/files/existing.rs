//! `--skip-existing`: whether an output is there already, so that a stopped run can be resumed.

use std::path::Path;

use pxc_picture::{ReadOptions, read_picture};
use pxc_runtime::{Limits, SIGNATURE, check_file};

use crate::files::attributes::FileState;
use crate::files::location::Location;
use crate::files::reading::read_input;

/// Whether the output is complete and not older than the input. Outputs carry the times of their inputs.
pub(crate) fn is_up_to_date(input: &Location, output: &Location, limits: &Limits) -> bool {
    let (Location::File(input), Location::File(output)) = (input, output) else {
        return false;
    };
    match (FileState::of(input), FileState::of(output)) {
        (Ok(read), Ok(written)) => {
            written.bytes() > 0 && !written.is_older_than(&read) && is_complete(output, limits)
        }
        _ => false,
    }
}

/// Whether a file is a .pxc file whose length and checksums are right, or an intact image.
fn is_complete(path: &Path, limits: &Limits) -> bool {
    let Ok(input) = read_input(&Location::File(path.to_owned()), limits) else {
        return false;
    };
    let bytes = input.bytes;
    if bytes.starts_with(&SIGNATURE) {
        return check_file(&bytes, limits).is_ok();
    }
    let options = ReadOptions::new(*limits).with_allow_lossy(true);
    read_picture(&bytes, &options).is_ok()
}
