//! Finds what a directory holds for a command: files to process, files to skip and why, and entries that cannot be
//! read.
//!
//! In: a directory. Out: [`Entry`]s, by name.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use pxc_picture::InputFormat;
use walkdir::{DirEntry, WalkDir};

use crate::files::inputs::kind::{HEAD, Kind, has_extension, is_apple_double};
use crate::files::unfinished::is_unfinished;

/// Bytes that show whether a WebP file is lossy: other chunks may come first.
const WEBP_HEAD: u64 = 1 << 28;

/// Extensions of files that ought to be images.
const IMAGE_EXTENSIONS: [&str; 16] = [
    "png", "pbm", "pgm", "ppm", "pnm", "pam", "tif", "tiff", "webp", "qoi", "bmp", "gif", "jpg",
    "jpeg", "jpe", "jfif",
];

/// The files that a command processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Images.
    Pictures {
        /// Also lossy ones.
        allow_lossy: bool,
        /// Also JPEG files.
        allow_jpeg: bool,
    },
    /// .pxc files.
    Coded,
}

/// Something in a directory.
pub(crate) enum Entry {
    /// A file to process. Its content may turn out to be something else: then its name is wrong.
    File(PathBuf),
    /// A file that is not for this command.
    Skipped(Skipped),
    /// An entry that cannot be read.
    Unreadable(PathBuf, io::Error),
}

/// A file that `--recursive` found and does not process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// The file.
    pub(crate) path: PathBuf,
    /// Why it is skipped.
    pub(crate) reason: &'static str,
    /// What kind of image it is, if it is one.
    pub(crate) image: Option<&'static str>,
}

impl Skipped {
    /// Why it is skipped, with its kind.
    pub(crate) fn whole_reason(&self) -> String {
        match self.image {
            Some(format) => format!("{format}: {}", self.reason),
            None => self.reason.to_owned(),
        }
    }

    /// A .pxc file where images are wanted.
    pub(crate) fn coded(path: PathBuf) -> Skipped {
        Skipped::new(path, Reason::Other("a .pxc file"))
    }

    fn new(path: PathBuf, reason: Reason) -> Skipped {
        let image = match reason {
            Reason::Unsupported(format) | Reason::Lossy(format) => Some(format),
            Reason::Other(_) => None,
        };
        let reason = match reason {
            Reason::Unsupported(_) => "pxc does not read this format",
            Reason::Lossy(_) => "see --allow-lossy-source",
            Reason::Other(reason) => reason,
        };
        Skipped {
            path,
            reason,
            image,
        }
    }
}

/// Whether a file is a .pxc file by its name and its content.
pub(crate) fn is_coded(path: &Path) -> bool {
    let is_named = has_extension(path, &["pxc"]) && path.is_file();
    is_named && head(path, HEAD).is_ok_and(|head| Kind::of(&head) == Kind::Coded)
}

/// Why a file is skipped.
enum Reason {
    /// An image of a format that pxc does not read.
    Unsupported(&'static str),
    /// An image of which pxc could keep only the pixels.
    Lossy(&'static str),
    /// Anything else, in words.
    Other(&'static str),
}

/// Lists everything below a directory except directories.
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
    let other = |reason| Ok(Some(Reason::Other(reason)));
    let reason = if kind.is_symlink() {
        other("a symbolic link")
    } else if !kind.is_file() {
        other("not a regular file")
    } else if is_unfinished(&path) {
        other("an unfinished output")
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
        Ok(Some(reason)) => Entry::Skipped(Skipped::new(path, reason)),
        Err(error) => Entry::Unreadable(path, error),
    }
}

fn reason_against_coded(path: &Path) -> io::Result<Option<Reason>> {
    let is_coded = Kind::of(&head(path, HEAD)?) == Kind::Coded;
    let is_wanted = is_coded || has_extension(path, &["pxc"]);
    Ok((!is_wanted).then_some(Reason::Other("not a .pxc file")))
}

fn reason_against_picture(
    path: &Path,
    allow_lossy: bool,
    allow_jpeg: bool,
) -> io::Result<Option<Reason>> {
    let mut bytes = head(path, HEAD)?;
    if is_apple_double(&bytes) {
        return Ok(Some(Reason::Other(
            "attributes of another file (AppleDouble)",
        )));
    }
    let named = has_extension(path, &IMAGE_EXTENSIONS);
    let reason = match Kind::of_file(&bytes, path) {
        Kind::Picture(InputFormat::Jpeg) if allow_jpeg => None,
        Kind::Picture(InputFormat::Jpeg) if !allow_lossy => Some(Reason::Lossy("JPEG")),
        Kind::Picture(format) => {
            if format == InputFormat::WebP && !allow_lossy {
                bytes = head(path, WEBP_HEAD)?;
            }
            let is_lossy = !allow_lossy && format.is_lossy(&bytes);
            is_lossy.then_some(Reason::Lossy("lossy WebP"))
        }
        Kind::Unsupported(format) => Some(Reason::Unsupported(format)),
        Kind::Coded if !named => Some(Reason::Other("a .pxc file")),
        Kind::Other if !named => Some(Reason::Other("not an image")),
        Kind::Coded | Kind::Other => None,
    };
    Ok(reason)
}

fn head(path: &Path, bytes: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(bytes).read_to_end(&mut head)?;
    Ok(head)
}
