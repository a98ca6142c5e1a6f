//! Decisions whose probability is mixed from several contexts (`docs/format.md`, *General coder*, *Mixed decisions*).
//!
//! In: hashes of what is known. Out: a decision, coded with the mixed probability.

pub(crate) mod hash;
pub(crate) mod counters;
pub(crate) mod apm;
pub(crate) mod context_mixer;
