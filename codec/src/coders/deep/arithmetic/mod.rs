//! Curves in integers (`docs/format.md`, *Curves*).

pub(crate) mod logarithm;
pub(crate) mod curve;
