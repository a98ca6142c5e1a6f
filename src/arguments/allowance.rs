//! Arguments of the hidden command `remake-deflate`, which makes a deflate stream within limits.

use clap::Args;

/// What the process may use, at most.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Allowance {
    /// Bytes of memory for the stream
    pub(crate) memory: u64,
    /// Seconds of its own time
    pub(crate) seconds: u64,
}
