//! The C interface of pxc: images in memory ↔ `.pxc` bytes, with status codes instead of errors.
//!
//! `include/pxc.h` is generated from this crate and is its reference. No panic crosses the interface. An example:
//!
//! ```c
//! #include "pxc.h"
//!
//! #include <stdlib.h>
//!
//! /* The samples of a .pxc file: header->samples_bytes bytes, which the caller frees with free(). NULL after an error:
//!    see pxc_error_message(). */
//! void *read_image(const PxcEngine *engine, const uint8_t *file, size_t file_bytes, PxcHeader *header) {
//!     if (pxc_read_header(file, file_bytes, NULL, header) != PXC_STATUS_OK)
//!         return NULL;
//!     size_t size = header->samples_bytes;
//!     void *samples = malloc(size);
//!     if (samples && pxc_decompress(engine, file, file_bytes, NULL, samples, size) != PXC_STATUS_OK) {
//!         free(samples);
//!         samples = NULL;
//!     }
//!     return samples;
//! }
//! ```
//!
//! The same calls from Rust:
//!
//! ```
//! use std::ptr::null;
//!
//! let mut engine = std::ptr::null_mut();
//! let samples = [10_u8, 20, 30, 40];
//! let image = pxc::PxcImage {
//!     width: 2,
//!     height: 2,
//!     color: pxc::PXC_GRAY,
//!     bit_depth: 8,
//!     samples: samples.as_ptr().cast(),
//!     samples_bytes: samples.len(),
//! };
//! let (mut file, mut file_bytes) = (std::ptr::null_mut(), 0);
//! let mut decoded = [0_u8; 4];
//! // SAFETY: every pointer leads to what its function asks for.
//! unsafe {
//!     assert_eq!(pxc::pxc_engine_new(false, &mut engine), pxc::PxcStatus::Ok);
//!     let status = pxc::pxc_compress(engine, &image, null(), &mut file, &mut file_bytes);
//!     assert_eq!(status, pxc::PxcStatus::Ok);
//!     let target = decoded.as_mut_ptr().cast();
//!     let status = pxc::pxc_decompress(engine, file, file_bytes, null(), target, decoded.len());
//!     assert_eq!(status, pxc::PxcStatus::Ok);
//!     pxc::pxc_free(file);
//!     pxc::pxc_engine_free(engine);
//! }
//! assert_eq!(decoded, samples);
//! ```

// The one crate whose purpose is to be called from C.
#![allow(unsafe_code)]

mod status;
mod image_types;
mod option_types;
mod boundary;
mod memory;
mod engine;
mod header;
mod compress;
mod decompress;

pub use compress::{pxc_compress, pxc_compress_file, pxc_compress_jpeg};
pub use decompress::{
    pxc_decompress, pxc_decompress_region, pxc_decompress_thumbnail, pxc_original_file,
};
pub use engine::{
    PxcEngine, pxc_engine_add_model, pxc_engine_free, pxc_engine_new, pxc_error_message,
    pxc_version,
};
pub use header::{PXC_EXIF, PXC_ICC_PROFILE, PXC_XMP, pxc_read_header, pxc_read_metadata};
pub use image_types::{
    PXC_GRAY, PXC_GRAY_ALPHA, PXC_PALETTE, PXC_RGB, PXC_RGBA, PxcHeader, PxcImage,
};
pub use memory::pxc_free;
pub use option_types::{
    PXC_EFFORT_DEFAULT, PXC_EFFORT_FAST, PXC_EFFORT_MAX, PXC_EXACT_NEVER, PXC_EXACT_PREFER,
    PXC_EXACT_REQUIRE, PxcOptions, PxcProgress,
};
pub use status::PxcStatus;
