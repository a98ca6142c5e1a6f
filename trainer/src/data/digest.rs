//! Names a set of images in a checkpoint, so that a run can be repeated on the same data.

use serde::{Deserialize, Serialize};

/// The images that a run used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataDigest {
    /// Images used.
    pub files: usize,
    /// Pixels in them.
    pub pixels: u64,
    /// BLAKE3 over names, sizes and decoded samples, in order of name.
    pub digest: String,
}
