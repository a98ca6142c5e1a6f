//! Colour sets: lists of the colours of an image, which tell the network's symbols apart from those that never occur
//! (`docs/format.md`, *Colour set*).
//!
//! In: the pixels of an image. Out: the bytes of its set, whether they are worth it, and logits restricted to the set.

mod grid;
pub(crate) mod cube;
pub(crate) mod set;
pub(crate) mod restriction;
#[cfg(target_arch = "x86_64")]
mod restriction_avx2;
pub(crate) mod gain;
