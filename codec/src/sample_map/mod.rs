//! The values that occur in each plane, whose indices are coded instead of the samples (`docs/format.md`, *Sample
//! map*).
//!
//! In: an image. Out: a [`SampleMap`](map::SampleMap), its coded form, and images of indices. Eight bits in files of
//! sixteen, ten or twelve bits scaled to sixteen, stretched contrast and offsets become images of few small numbers.

pub(crate) mod map;
mod grid;
mod coding;
mod image_plane;
mod choice;

pub use self::choice::coded_format;
pub(crate) use self::choice::{Choice, choose};
