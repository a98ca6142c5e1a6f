//! The function of `pxc.h` that reads a file's header.

use pxc_runtime::{Error, read_header};

use crate::boundary::{bytes, guarded, not_null};
use crate::image_types::PxcHeader;
use crate::option_types::{PxcOptions, choices};
use crate::status::PxcStatus;

/// Reads the header of a file. Its pixels are not read, and may be missing. `options` may be NULL.
///
/// # Safety
/// `file` points to `file_bytes` bytes; `options` is NULL or points to options; `header` points to memory for a
/// header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_read_header(
    file: *const u8,
    file_bytes: usize,
    options: *const PxcOptions,
    header: *mut PxcHeader,
) -> PxcStatus {
    guarded(|| {
        let target = not_null("header", header)?;
        // SAFETY: the caller's promise.
        let (file, options) = unsafe { (bytes("file", file, file_bytes)?, choices(options)) };
        let header = read_header(file, &options.limits()).map_err(Error::from)?;
        // SAFETY: not null, and the caller's promise.
        unsafe { target.write(PxcHeader::new(&header)) };
        Ok(())
    })
}
