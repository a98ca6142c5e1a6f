//! Curves in integers (`docs/format.md`, *Curves*).

pub(crate) mod curve;
pub(crate) mod logarithm;
