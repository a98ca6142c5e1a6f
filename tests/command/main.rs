//! Does the command line behave as documented? Exact output, exit codes, names of files, help texts.

mod help;
mod files;
mod batch;
#[cfg(unix)]
mod unprivileged;
#[cfg(unix)]
mod selection;
#[cfg(unix)]
mod removal;
#[cfg(unix)]
mod attributes;
#[cfg(unix)]
mod outputs;
#[cfg(unix)]
mod torture;
mod regions;
mod limits;
mod reports;
mod models;
mod names;
mod words;

use pxc_codec::ColorType;
use tempfile::{TempDir, tempdir};

use pxc_test_harness::{photo, write_png};

/// A directory with a small RGB image, `img.png`.
fn workshop() -> TempDir {
    let directory = tempdir().expect("a directory");
    write_png(
        &directory.path().join("img.png"),
        &photo(40, 30, ColorType::Rgb),
    );
    directory
}
