//! The training loop of the networks for photos and of those of the paper, and the checkpoints that it writes. Tuning,
//! which ends by the clock, has a loop of its own.

pub(crate) mod checkpoint;
pub mod event;
pub mod run;
pub mod budget;
