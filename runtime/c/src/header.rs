//! The functions of `pxc.h` that read a file's header and its metadata.

use std::borrow::Cow;
use std::ptr::null_mut;

use pxc_jpeg::profiles;
use pxc_runtime::{Error, read_header};

use crate::boundary::{bytes, guarded, not_null};
use crate::image_types::PxcHeader;
use crate::memory::give;
use crate::option_types::{PxcOptions, choices};
use crate::status::{Failure, PxcStatus};

/// For pxc_read_metadata: the ICC profile.
pub const PXC_ICC_PROFILE: u8 = 1;
/// For pxc_read_metadata: EXIF, from its TIFF header on.
pub const PXC_EXIF: u8 = 2;
/// For pxc_read_metadata: the XMP packet.
pub const PXC_XMP: u8 = 3;

/// Reads the header of a file. It does not read the pixels, which may be missing. `options` may be NULL.
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

/// Reads metadata from the header of a file: `kind` is PXC_ICC_PROFILE, PXC_EXIF or PXC_XMP. `*data` points to
/// `*data_bytes` bytes and is freed with pxc_free; it is NULL if the file has none of that kind, or only damaged ones.
/// If the file holds a JPEG file, the metadata is inside that. pxc_read_metadata does not read the pixels, which may be
/// missing. `options` may be NULL.
///
/// # Safety
/// `file` points to `file_bytes` bytes; `options` is NULL or points to options; `data` and `data_bytes` point to memory
/// for their results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_read_metadata(
    file: *const u8,
    file_bytes: usize,
    options: *const PxcOptions,
    kind: u8,
    data: *mut *mut u8,
    data_bytes: *mut usize,
) -> PxcStatus {
    guarded(|| {
        let (data, data_bytes) = (not_null("data", data)?, not_null("data_bytes", data_bytes)?);
        // SAFETY: the caller's promise.
        let (file, options) = unsafe { (bytes("file", file, file_bytes)?, choices(options)) };
        let metadata = read_header(file, &options.limits())
            .map_err(Error::from)?
            .metadata;
        let found = match kind {
            PXC_ICC_PROFILE => profiles::icc_profile(&metadata).map(Cow::from),
            PXC_EXIF => profiles::exif(&metadata).map(Cow::from),
            PXC_XMP => profiles::xmp(&metadata),
            other => {
                let expected = "1 (ICC profile), 2 (EXIF) or 3 (XMP)";
                return Err(Failure::argument(format!(
                    "kind: expected {expected}, found {other}"
                )));
            }
        };
        // SAFETY: not null, and the caller's promise.
        unsafe {
            match found {
                Some(found) => give(&found, data, data_bytes)?,
                None => {
                    data.write(null_mut());
                    data_bytes.write(0);
                }
            }
        }
        Ok(())
    })
}
