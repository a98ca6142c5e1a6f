//! From logits to intervals, from decisions to intervals, and from intervals to bytes (`docs/format.md`, *Frequencies*,
//! *Range coder*).

pub mod interval;
pub mod frequencies;
pub(crate) mod logistic;
pub(crate) mod counter;
pub(crate) mod bit_coder;
pub(crate) mod range_coder;
