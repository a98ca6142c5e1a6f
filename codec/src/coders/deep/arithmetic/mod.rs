//! Curves in integers (`docs/format.md`, *Deep coder*, *Curves*).

pub(crate) mod logarithm;
pub(crate) mod curve;
