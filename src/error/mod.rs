//! What can go wrong in the command, and the file that it concerns.

mod advice;
pub(crate) mod limits;

use std::io;
use std::path::PathBuf;

use pxc_runtime::ModelId;

use crate::coding::rebuild::error::RebuildError;
use crate::files::location::Location;
use crate::terminal::escaping::Escaped;
use crate::terminal::figures::Counted;

/// Every failure of the command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// An input cannot be read.
    #[error("{location}{}", failed_to(source, ": cannot be read"))]
    Read {
        /// The input.
        location: Location,
        /// The system's error.
        source: io::Error,
    },
    /// An output cannot be written.
    #[error("{location}{}", failed_to(source, ": cannot be written"))]
    Write {
        /// The output.
        location: Location,
        /// The system's error.
        source: io::Error,
    },
    /// An input cannot be removed after success.
    #[error("{}: cannot be removed", Escaped(.path.display()))]
    Remove {
        /// The input.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The folder of an input does not let `--rm` remove it.
    #[error(
        "{}: cannot be removed, so nothing was written (omit --rm to keep it)",
        Escaped(.path.display())
    )]
    Unremovable {
        /// The input.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The output exists.
    #[error(
        "{}: already exists (-f overwrites existing files, --skip-existing skips inputs that are done)",
        Escaped(.path.display())
    )]
    Exists {
        /// The output.
        path: PathBuf,
    },
    /// The output exists, and `--skip-existing` does not skip it.
    #[error(
        "{}: exists, but is damaged, older than its input, or of another input (-f overwrites it)",
        Escaped(.path.display())
    )]
    Stale {
        /// The output.
        path: PathBuf,
    },
    /// The output exists, `--rm` is given, and the output does not hold the input.
    #[error(
        "{}: already exists, and differs from what pxc would write for {input} now: {input} not removed (-f overwrites the output)",
        Escaped(.path.display())
    )]
    NotHeld {
        /// The output.
        path: PathBuf,
        /// The input.
        input: Location,
    },
    /// `--rm` is given, and an input or an output is not a file that stays.
    #[error(
        "{location}: --rm needs files: it cannot be used with standard input, standard output, a pipe or a device"
    )]
    NoFile {
        /// The input or the output.
        location: Location,
    },
    /// The output is a terminal.
    #[error("{location}: not writing binary data to a terminal (use --force to do so)")]
    Terminal {
        /// The output.
        location: Location,
    },
    /// An output would replace an input.
    #[error(
        "{output}: not written, because it is the input {input} (give the output another name with --output, --out-dir or --suffix)"
    )]
    SameFile {
        /// The output.
        output: Location,
        /// The input, under the name that was given.
        input: Location,
    },
    /// Two inputs have the same output.
    #[error(
        "{input}: not processed: {other} has the same output, {output} (process them one by one with --output, or with another --out-dir)"
    )]
    SharedOutput {
        /// The input.
        input: Location,
        /// The output.
        output: Location,
        /// The other input.
        other: Location,
    },
    /// The output's name promises a format that pxc does not write.
    #[error(
        "{location}: pxc cannot write .{extension} files: use the extension png, tiff, webp, qoi, bmp, pnm or pam, or --format"
    )]
    OutputFormat {
        /// The output.
        location: Location,
        /// Its extension.
        extension: String,
    },
    /// A .pxc file would have the name of an image.
    #[error(
        "{location}: not written: compress makes .pxc files, and .{extension} is the extension of another format"
    )]
    CodedName {
        /// The output.
        location: Location,
        /// Its extension.
        extension: String,
    },
    /// `--rm` would remove a symbolic link, not the file.
    #[error(
        "{}: is a symbolic link: --rm would remove the link, not the file (give the name of the file, or omit --rm)",
        Escaped(.path.display())
    )]
    Link {
        /// The input.
        path: PathBuf,
    },
    /// An input changed before `--rm` could remove it.
    #[error("{}: changed while pxc was reading it: not removed (run pxc again)", Escaped(.path.display()))]
    Changed {
        /// The input.
        path: PathBuf,
    },
    /// The output went before `--rm` could remove its input.
    #[error("{}: not removed: its output is no longer there (run pxc again)", Escaped(.input.display()))]
    OutputGone {
        /// The input.
        input: PathBuf,
    },
    /// The options contradict each other.
    #[error("{problem}")]
    Usage {
        /// The contradiction, and what to do.
        problem: String,
    },
    /// The name of an output cannot be made from its input's.
    #[error("{location}: the name does not end in {suffix}: use --output to name the output")]
    OutputName {
        /// The input.
        location: Location,
        /// `--suffix`.
        suffix: String,
    },
    /// The input has no name, and its output needs one.
    #[error("{location}: the input has no name, and its output needs one: name it with --output")]
    Unnamed {
        /// The input.
        location: Location,
    },
    /// An input is a directory.
    #[error("{}: is a directory (use --recursive to process its files)", Escaped(.path.display()))]
    Directory {
        /// The input.
        path: PathBuf,
    },
    /// A .pxc file where an image is expected.
    #[error("{location}: is a .pxc file already (to get its image, use pxc decompress)")]
    Coded {
        /// The input.
        location: Location,
    },
    /// Nothing where a .pxc file is expected.
    #[error("{location}: an empty file, not a .pxc file")]
    Empty {
        /// The input.
        location: Location,
    },
    /// An image where a .pxc file is expected.
    #[error("{location}: is a {found} file, not a .pxc file{advice}")]
    NotCoded {
        /// The input.
        location: Location,
        /// The usual name of its format.
        found: &'static str,
        /// What to do with it.
        advice: &'static str,
    },
    /// An image of a known format that pxc does not read.
    #[error("{location}: pxc does not read {format} files")]
    UnsupportedFormat {
        /// The input.
        location: Location,
        /// The usual name of its format.
        format: &'static str,
    },
    /// `--exact-file=require` was given, and the file cannot be rebuilt byte for byte.
    #[error("{location}: not compressed: --exact-file=require is given")]
    ExactFile {
        /// The input.
        location: Location,
        /// Why it cannot be rebuilt.
        source: pxc_picture::Error,
    },
    /// `--rm` would lose metadata, attributes, or bytes after the image.
    #[error(
        "{location}: nothing written or removed: --rm would lose {names}, which {keeper} does not keep (use {advice}--allow-loss to remove it anyway)"
    )]
    Loss {
        /// The input.
        location: Location,
        /// Names of what would be lost.
        names: String,
        /// What loses it: the output, in words.
        keeper: &'static str,
        /// What would keep them, in words; empty if nothing does.
        advice: String,
    },
    /// An output would lose pages or frames.
    #[error(
        "{location}: not compressed: {keeper} would not keep {names} (use {advice}--allow-loss to do without)"
    )]
    ImageLoss {
        /// The input.
        location: Location,
        /// Names of what would be lost.
        names: String,
        /// The output, in words.
        keeper: &'static str,
        /// What would keep them, in words; empty if nothing does.
        advice: String,
    },
    /// `--strip` was given, which would change a JPEG file.
    #[error(
        "{location}: --strip would change this JPEG file, which pxc keeps as it is (omit --strip, or use --allow-lossy-source to keep its pixels instead)"
    )]
    StrippedJpeg {
        /// The input.
        location: Location,
    },
    /// An image file cannot be read or written.
    #[error("{location}")]
    Picture {
        /// The file.
        location: Location,
        /// What is wrong.
        source: pxc_picture::Error,
    },
    /// Compression or decompression failed.
    #[error("{location}")]
    Codec {
        /// The input.
        location: Location,
        /// The runtime's error.
        source: Box<pxc_runtime::Error>,
    },
    /// The work on a file took longer than `--max-time`.
    #[error("{location}: took longer than {seconds} s (--max-time); nothing was written")]
    Time {
        /// The input.
        location: Location,
        /// The limit.
        seconds: u32,
    },
    /// A model or a backend could not be set up.
    #[error(transparent)]
    Setup {
        /// The runtime's error.
        source: Box<pxc_runtime::Error>,
    },
    /// A file is not a model.
    #[error(transparent)]
    NotAModel {
        /// The runtime's error, which names the file.
        source: Box<pxc_runtime::Error>,
    },
    /// A model cannot be added, since another one has its name.
    #[error(
        "{location}: another model is also called {name}: {origin}, {other} (export yours under another name, or remove that file)"
    )]
    ModelName {
        /// The model's file.
        location: Location,
        /// The name.
        name: String,
        /// The other model.
        other: ModelId,
        /// Where the other model is.
        origin: String,
    },
    /// `--require-model` was given, and the file is smaller without the model.
    #[error(
        "{location}: not compressed: --require-model is given, but {model} is not used: {reason}"
    )]
    ModelNotUsed {
        /// The input.
        location: Location,
        /// The model, as the command line names it.
        model: String,
        /// Why it is not used.
        reason: String,
    },
    /// A file cannot be rebuilt byte for byte.
    #[error("{location}: the file cannot be rebuilt")]
    Rebuild {
        /// The input.
        location: Location,
        /// What is wrong.
        source: RebuildError,
    },
    /// A file is damaged; its intact part was written.
    #[error(
        "{location}: {damaged} of {groups} groups are damaged; the rest was written to {output}{without}"
    )]
    Partial {
        /// The input.
        location: Location,
        /// Damaged groups.
        damaged: usize,
        /// Groups of the file.
        groups: usize,
        /// The output.
        output: Location,
        /// What else is lost, in words; empty if nothing is.
        without: &'static str,
    },
    /// With `--partial`: no group of a file is intact.
    #[error("{location}: no group is intact; nothing was written")]
    NothingIntact {
        /// The input.
        location: Location,
    },
    /// With `--partial`: bytes follow the end of a file.
    #[error("{location}: {} after the end of the .pxc file; everything before was written", Counted(*.bytes as usize, "byte"))]
    Surplus {
        /// The input.
        location: Location,
        /// How many.
        bytes: u64,
    },
    /// A .pxc file is shorter or longer than its header says.
    #[error("{location}: damaged: expected {expected} bytes, found {found}")]
    Length {
        /// The input.
        location: Location,
        /// Bytes, as the header says.
        expected: u64,
        /// Bytes of the file.
        found: u64,
    },
    /// With `--partial`: the pixels are intact, but the file that they are of cannot be rebuilt.
    #[error(
        "{location}: the pixels and their metadata were written, but not the original file, which cannot be rebuilt"
    )]
    PixelsOnly {
        /// The input.
        location: Location,
        /// Why.
        source: RebuildError,
    },
    /// The JPEG file in a .pxc file is damaged.
    #[error("{location}: the JPEG file in it is damaged, and nothing of it can be saved")]
    DamagedJpeg {
        /// The input.
        location: Location,
        /// What is wrong.
        source: Box<pxc_runtime::Error>,
    },
    /// `--verify` or `--rm` found something other than what was compressed. The program or the machine is faulty.
    #[error(
        "{location}: verification failed: the output does not decode to the image; the output was discarded and the input is unchanged"
    )]
    Verification {
        /// The input.
        location: Location,
    },
}

/// What was tried, if the system's error does not say it.
fn failed_to(source: &io::Error, attempt: &'static str) -> &'static str {
    match source.get_ref() {
        Some(_) => "",
        None => attempt,
    }
}

impl From<pxc_runtime::Error> for Error {
    /// Converts errors that do not concern a particular input.
    fn from(source: pxc_runtime::Error) -> Error {
        Error::Setup {
            source: Box::new(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn sources_are_kept_and_said() {
        let error = Error::Write {
            location: Location::Standard,
            source: io::ErrorKind::StorageFull.into(),
        };
        let source = error.source().expect("the system's error");
        assert!(source.is::<io::Error>());
        assert_eq!(error.message(), format!("-: cannot be written: {source}"));
    }
}
