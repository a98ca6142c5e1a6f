//! Whether a .pxc file keeps its input byte for byte. The description is weighed once the size of the file is known.

use std::fmt::{self, Display};

use pxc_picture::{MetadataChunk, Picture, with_metadata};
use pxc_runtime::Limits;

use crate::arguments::choices::ExactFileChoice;

/// Bytes that a description may always cost: those of an icon take 60 to 100.
const LEAST: usize = 128;
/// The share of a .pxc file that it may cost.
const SHARE: usize = 100;

/// Whether the input comes back byte for byte.
pub(crate) enum Exactness {
    /// It does, and this many bytes are the price.
    Exact(usize),
    /// It does not, for a reason.
    Pixels(String),
}

impl Display for Exactness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exactness::Exact(cost) => {
                write!(f, "the file comes back byte for byte (for {cost} bytes)")
            }
            Exactness::Pixels(reason) => write!(
                f,
                "the file cannot be restored byte for byte, only its pixels and metadata: {reason}"
            ),
        }
    }
}

/// Adds a description to a .pxc file and its picture, unless it is `auto` and costs too much.
pub(crate) fn add_description(
    file: Vec<u8>,
    picture: &mut Picture,
    description: Vec<MetadataChunk>,
    choice: ExactFileChoice,
    limits: &Limits,
) -> Result<(Vec<u8>, Exactness), pxc_picture::Error> {
    let mut metadata = picture.metadata.clone();
    metadata.extend(description);
    let exact = match with_metadata(&file, &metadata, limits) {
        Ok(exact) => exact,
        Err(source) if choice == ExactFileChoice::Require => {
            return Err(pxc_picture::Error::Limit { source });
        }
        Err(error) => return Ok((file, Exactness::Pixels(error.to_string()))),
    };
    let cost = exact.len().saturating_sub(file.len());
    let most = LEAST.max(file.len() / SHARE);
    if choice == ExactFileChoice::Auto && cost > most {
        let reason = format!(
            "its description would take {cost} bytes, and auto allows {most} (use --exact-file=always)"
        );
        return Ok((file, Exactness::Pixels(reason)));
    }
    picture.metadata = metadata;
    picture.dropped.clear();
    Ok((exact, Exactness::Exact(cost)))
}
