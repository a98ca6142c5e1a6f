//! The C interface of pxc: images in memory ↔ `.pxc` bytes, with status codes in place of errors.
//!
//! `include/pxc.h` is made from this crate and is its manual; `docs/embedding.md` has a program. No panic leaves a function.

// The one crate whose purpose is to be called from C.
#![allow(unsafe_code)]

mod status;
mod image_types;
mod option_types;
mod boundary;
mod functions;

pub use functions::*;
pub use image_types::*;
pub use option_types::*;
pub use status::PxcStatus;
