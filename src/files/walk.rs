//! What a directory holds for a command: files to process, files to skip and why, and entries that cannot be read.
//!
//! In: a directory. Out: [`Entry`]s, by name.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use pxc_picture::InputFormat;
use pxc_runtime::SIGNATURE;
use walkdir::{DirEntry, WalkDir};

use crate::files::unfinished::is_partial;

/// Bytes that show the format of a file and its plausibility.
const HEAD: u64 = 512;

/// Bytes that show whether a WebP file is lossy: other chunks may come first.
const WEBP_HEAD: u64 = 1 << 28;

/// Extensions of files that ought to be images.
const IMAGE_EXTENSIONS: [&str; 14] = [
    "png", "pbm", "pgm", "ppm", "pnm", "pam", "tif", "tiff", "webp", "qoi", "bmp", "gif", "jpg",
    "jpeg",
];

/// The files that a command processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Images.
    Pictures {
        /// Lossy ones, too.
        allow_lossy: bool,
        /// JPEG files, too.
        allow_jpeg: bool,
    },
    /// .pxc files.
    Coded,
}

/// Something in a directory.
pub(crate) enum Entry {
    /// A file to process. Its content may turn out to be something else: then its name is wrong.
    File(PathBuf),
    /// Not for this command.
    Skipped(Skipped),
    /// An entry that cannot be read.
    Unreadable(PathBuf, io::Error),
}

/// A file that `--recursive` found and does not process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// The file.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) reason: &'static str,
}

/// Everything below a directory except directories.
pub(crate) fn walk(root: &Path, wanted: Wanted) -> impl Iterator<Item = Entry> {
    let entries = WalkDir::new(root).sort_by_file_name().into_iter();
    let entries = entries.filter(|entry| !matches!(entry, Ok(entry) if entry.file_type().is_dir()));
    entries.map(move |entry| match entry {
        Ok(entry) => examine(entry, wanted),
        Err(error) => {
            let path = error.path().unwrap_or(root).to_owned();
            let problem = error.to_string();
            let error = error.into_io_error();
            Entry::Unreadable(path, error.unwrap_or_else(|| io::Error::other(problem)))
        }
    })
}

fn examine(entry: DirEntry, wanted: Wanted) -> Entry {
    let kind = entry.file_type();
    let path = entry.into_path();
    let reason = if kind.is_symlink() {
        Ok(Some("a symbolic link"))
    } else if !kind.is_file() {
        Ok(Some("not a regular file"))
    } else if is_partial(&path) {
        Ok(Some("an unfinished output"))
    } else {
        match wanted {
            Wanted::Pictures {
                allow_lossy,
                allow_jpeg,
            } => reason_against_picture(&path, allow_lossy, allow_jpeg),
            Wanted::Coded => reason_against_coded(&path),
        }
    };
    match reason {
        Ok(None) => Entry::File(path),
        Ok(Some(reason)) => Entry::Skipped(Skipped { path, reason }),
        Err(error) => Entry::Unreadable(path, error),
    }
}

fn reason_against_coded(path: &Path) -> io::Result<Option<&'static str>> {
    let is_coded = head(path, HEAD)?.starts_with(&SIGNATURE);
    Ok((!is_coded && !has_extension(path, &["pxc"])).then_some("not a .pxc file"))
}

fn reason_against_picture(
    path: &Path,
    allow_lossy: bool,
    allow_jpeg: bool,
) -> io::Result<Option<&'static str>> {
    let mut bytes = head(path, HEAD)?;
    let named = has_extension(path, &IMAGE_EXTENSIONS);
    let detected = InputFormat::detect(&bytes).filter(|format| !format.is_text(&bytes));
    let reason = match detected {
        Some(InputFormat::Jpeg) if allow_jpeg => None,
        Some(format) => {
            if format == InputFormat::WebP && !allow_lossy {
                bytes = head(path, WEBP_HEAD)?;
            }
            let is_lossy = !allow_lossy && format.is_lossy(&bytes);
            is_lossy.then_some("lossy: see --allow-lossy-source")
        }
        _ if named => None,
        _ if bytes.starts_with(&SIGNATURE) => Some("a .pxc file"),
        _ => Some("not an image"),
    };
    Ok(reason)
}

fn head(path: &Path, bytes: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(bytes).read_to_end(&mut head)?;
    Ok(head)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|found| {
        extensions
            .iter()
            .any(|extension| found.eq_ignore_ascii_case(extension))
    })
}
