//! What extensions say: those of the formats that pxc writes, and others.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use pxc_picture::OutputFormat;

/// Extensions of files that pxc does not write as images.
const FOREIGN: [&str; 22] = [
    "jpg", "jpeg", "jpe", "jfif", "gif", "jxl", "jp2", "jls", "avif", "heic", "heif", "apng",
    "dng", "exr", "hdr", "ico", "tga", "psd", "svg", "eps", "pdf", "pxc",
];

/// How many of these, from the first, are names of JPEG files.
const JPEG_NAMES: usize = 4;

/// The extension of a name, with its dot, or an empty text.
pub(crate) fn extension_of(path: &Path) -> String {
    let extension = path.extension().map(OsStr::to_string_lossy);
    extension.map_or(String::new(), |extension| format!(".{extension}"))
}

/// Whether a name that promises one format suits a file of another.
pub(crate) fn holds(named: OutputFormat, format: OutputFormat) -> bool {
    let is_pnm = matches!(
        format,
        OutputFormat::Pbm | OutputFormat::Pgm | OutputFormat::Ppm
    );
    named == format || (named == OutputFormat::Pnm && is_pnm)
}

/// Whether a name promises an image or a .pxc file.
pub(crate) fn is_image_name(path: &Path) -> bool {
    OutputFormat::of_name(path).is_some() || is_foreign_name(path)
}

/// Whether a name promises a file that pxc does not write.
pub(crate) fn is_foreign_name(path: &Path) -> bool {
    FOREIGN.iter().any(|name| is(path, name))
}

/// Whether a name promises a JPEG file.
pub(crate) fn is_jpeg_name(path: &Path) -> bool {
    FOREIGN[..JPEG_NAMES].iter().any(|name| is(path, name))
}

/// Whether a name has an extension, in any case.
pub(crate) fn is(path: &Path, extension: &str) -> bool {
    path.extension()
        .unwrap_or(OsStr::new(""))
        .eq_ignore_ascii_case(extension)
}

/// The name without its extension, which may leave dots: `..png` becomes `.`.
pub(crate) fn without_extension(path: &Path) -> PathBuf {
    match path.file_stem() {
        Some(stem) => path.with_file_name(stem),
        None => path.to_owned(),
    }
}

/// Whether a path ends in `.` or `..`, which are not names of files.
pub(crate) fn ends_in_dots(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    let name = bytes.rsplit(|&byte| std::path::is_separator(char::from(byte)));
    matches!(name.into_iter().next(), Some(b"" | b"." | b".."))
}

/// Appends letters to a name.
pub(crate) fn appended(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
