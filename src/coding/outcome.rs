//! The result of one file of a batch.

use crate::coding::exactness::Exactness;
use crate::files::location::Location;

/// The result of one file.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The output is written.
    Done(Done),
    /// There was nothing to do.
    Skipped {
        /// Why the file was skipped.
        reason: &'static str,
    },
    /// An image of a kind that pxc does not keep.
    Ignored {
        /// The kind, as it follows a number in the summary: `animated GIF`.
        kind: String,
        /// Why.
        reason: String,
    },
    /// `--dry-run`: the output would be written.
    Planned {
        /// Where the output would be.
        output: Location,
    },
}

/// What became of an input.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    /// Where the output is; `None` if the command writes none.
    pub(crate) output: Option<Location>,
    /// Bytes of the input.
    pub(crate) bytes_in: u64,
    /// Bytes of the output.
    pub(crate) bytes_out: u64,
    /// Whether a .pxc file keeps its input byte for byte; `None` for other outputs.
    pub(crate) exactness: Option<Exactness>,
    /// Names of what the output does not keep.
    pub(crate) lost: Vec<String>,
    /// Whether the input is gone, as --rm says.
    pub(crate) removed: bool,
}
