//! What a command writes: .pxc files or images, of a format, whole or in part.

use pxc_picture::OutputFormat;

/// Whether a command compresses or decompresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Images → .pxc files.
    Compress,
    /// .pxc files → images.
    Decompress,
}

/// What the outputs are.
#[derive(Clone, Debug)]
pub(crate) struct OutputKind {
    /// .pxc files or images.
    pub(crate) direction: Direction,
    /// `--format`.
    pub(crate) format: Option<OutputFormat>,
    /// The part of an image's name that says that it is a part of the image or a thumbnail.
    pub(crate) part: Option<String>,
}
