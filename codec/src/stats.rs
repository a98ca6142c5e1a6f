//! What encoding and decoding report: where the time went, and how each group was coded.

use std::ops::AddAssign;
use std::time::Duration;

use crate::coders::method::CodingMethod;

/// Where the time went, summed over the threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Evaluating the model.
    pub network: Duration,
    /// Turning logits into integer intervals.
    pub frequencies: Duration,
    /// Running the range coder.
    pub entropy_coder: Duration,
    /// Everything else: gathering context, methods without a model, checksums, copying.
    pub rest: Duration,
}

impl AddAssign for Times {
    fn add_assign(&mut self, other: Times) {
        self.network += other.network;
        self.frequencies += other.frequencies;
        self.entropy_coder += other.entropy_coder;
        self.rest += other.rest;
    }
}

/// What [`encode`](crate::encode()) reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncodeStats {
    /// Where the time went.
    pub times: Times,
    /// Bytes of header, metadata and group table.
    pub header_bytes: u64,
    /// Bytes of the preview.
    pub preview_bytes: u64,
    /// One entry per group.
    pub groups: Vec<GroupStats>,
}

/// How one group was coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupStats {
    /// Pixels of the group's tiles.
    pub pixels: u64,
    /// The method of the colour component.
    pub color_method: CodingMethod,
    /// Bytes of the colour component, without its method byte.
    pub color_bytes: u64,
    /// The method of the alpha component.
    pub alpha_method: Option<CodingMethod>,
    /// Bytes of the alpha component, without its method byte; 0 without alpha.
    pub alpha_bytes: u64,
}

/// What [`decode`](crate::decode()) reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeStats {
    /// Where the time went.
    pub times: Times,
}
