//! Context mixing, for all methods: counters by context, and mixers of what they say.
//!
//! In: hashes of what is known. Out: probabilities, learned from the answers. `context_mixer` is that of
//! `docs/format.md`, *Mixed decisions*; `arithmetic` computes sixteen counters of *Refinement* at a time.

pub(crate) mod hash;
pub(crate) mod prefetch;
pub(crate) mod counters;
pub(crate) mod apm;
pub(crate) mod context_mixer;
pub(crate) mod dither;
pub(crate) mod arithmetic;
