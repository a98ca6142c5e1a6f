//! WebP files ↔ pictures.

#[cfg(not(target_family = "wasm"))]
mod pixels;
pub(crate) mod reader;
pub(crate) mod writer;
