//! The training loop, which every network shares, and the checkpoints that it writes.

pub(crate) mod checkpoint;
pub mod run;
pub mod budget;
