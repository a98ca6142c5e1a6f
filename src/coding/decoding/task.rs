//! A .pxc file that is decoded, and how much of it.

use crate::arguments::region::Region;
use crate::coding::engine::Coding;
use crate::files::location::Paths;
use crate::files::naming::Formats;
use crate::terminal::progress::FileMeter;

/// How much of each input is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole image.
    Whole,
    /// The whole image or, if it is damaged, its undamaged groups; the rest becomes zero samples.
    Intact,
    /// A rectangle.
    Region(Region),
    /// A small image.
    Thumbnail {
        /// The longest side that it may have.
        longest: u32,
    },
}

impl Extent {
    /// The part of an output's name that says that it is not the whole image.
    pub(crate) fn part(self) -> Option<String> {
        match self {
            Extent::Whole | Extent::Intact => None,
            Extent::Region(region) => Some(region.to_string()),
            Extent::Thumbnail { .. } => Some("thumbnail".into()),
        }
    }
}

/// A .pxc file on its way to its output.
#[derive(Clone, Copy)]
pub(crate) struct DecodingTask<'a> {
    /// The .pxc file and the output.
    pub(crate) paths: Paths<'a>,
    /// How much of it is decoded.
    pub(crate) extent: Extent,
    /// What the user asks of the outputs.
    pub(crate) formats: Formats,
    /// Whether the .pxc file is removed.
    pub(crate) removes: bool,
    /// The engine, limits and time.
    pub(crate) coding: &'a Coding,
    /// The progress of the file.
    pub(crate) meter: &'a FileMeter<'a>,
}
