//! The functions of `pxc.h` that compress.

use pxc_runtime::CompressOptions;

use crate::boundary::{bytes, guarded, not_null, pointee};
use crate::engine::PxcEngine;
use crate::image_types::PxcImage;
use crate::memory::give;
use crate::option_types::{PxcOptions, choices};
use crate::status::PxcStatus;

/// Makes a .pxc file that holds a JPEG file, byte for byte. `*file` and `*file_bytes` are as with pxc_compress. Of
/// `options`, which may be NULL, only the limits and the callback count. Refuses JPEG files that cannot be kept
/// (PXC_STATUS_UNSUPPORTED).
///
/// # Safety
/// `engine` comes from pxc_engine_new; `jpeg` points to `jpeg_bytes` bytes; `options` is NULL or points to options;
/// `file` and `file_bytes` point to memory for their results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_compress_jpeg(
    engine: *const PxcEngine,
    jpeg: *const u8,
    jpeg_bytes: usize,
    options: *const PxcOptions,
    file: *mut *mut u8,
    file_bytes: *mut usize,
) -> PxcStatus {
    guarded(|| {
        let (file, file_bytes) = (not_null("file", file)?, not_null("file_bytes", file_bytes)?);
        // SAFETY: the caller's promises.
        let (engine, jpeg, options) = unsafe {
            let jpeg = bytes("jpeg", jpeg, jpeg_bytes)?;
            (pointee("engine", engine)?, jpeg, choices(options))
        };
        // SAFETY: the caller's promise.
        let progress = unsafe { options.progress() };
        let options = CompressOptions::default()
            .with_limits(options.limits())
            .with_progress(&progress);
        let compressed = engine.engine.compress_jpeg(jpeg, &options)?;
        // SAFETY: not null, and the caller's promise.
        unsafe { give(&compressed, file, file_bytes) }
    })
}

/// Compresses an image. `*file` receives the bytes of a .pxc file, to be freed with pxc_free, and `*file_bytes` their
/// number. The bytes do not depend on the machine or on the number of threads. `options` may be NULL.
///
/// # Safety
/// `engine` comes from pxc_engine_new; `image` points to an image whose samples are there; `options` is NULL or
/// points to options; `file` and `file_bytes` point to memory for their results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_compress(
    engine: *const PxcEngine,
    image: *const PxcImage,
    options: *const PxcOptions,
    file: *mut *mut u8,
    file_bytes: *mut usize,
) -> PxcStatus {
    guarded(|| {
        let (file, file_bytes) = (not_null("file", file)?, not_null("file_bytes", file_bytes)?);
        // SAFETY: the caller's promises.
        let (engine, image, options) = unsafe {
            let image = pointee("image", image)?.read()?;
            (pointee("engine", engine)?, image, choices(options))
        };
        // SAFETY: the caller's promises.
        let (model, progress) = unsafe { (options.model()?, options.progress()) };
        let options = CompressOptions::default()
            .with_model(model)
            .with_no_preview(options.no_preview)
            .with_limits(options.limits())
            .with_threads(options.threads as usize)
            .with_progress(&progress);
        let (compressed, _) = engine.engine.compress(&image, &options)?;
        // SAFETY: not null, and the caller's promise.
        unsafe { give(&compressed, file, file_bytes) }
    })
}
