//! The training loop, which every network shares, and the checkpoints that it writes.

pub(crate) mod commit;

pub mod checkpoint;
pub mod run;
