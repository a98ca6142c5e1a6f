//! Turns logits and decisions into intervals, and intervals into bytes (`docs/format.md`, *Frequencies*, *Range
//! coder*).

pub mod interval;
pub mod frequencies;
pub(crate) mod logistic;
pub(crate) mod counter;
pub(crate) mod bit_coder;
pub(crate) mod range_coder;
