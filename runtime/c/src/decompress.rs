//! The functions of `pxc.h` that decompress.

use std::ffi::c_void;

use pxc_runtime::{DecompressOptions, Engine, Error, Header, Rect, read_header};

use crate::boundary::{bytes, bytes_mut, guarded, not_null, pointee};
use crate::engine::PxcEngine;
use crate::image_types::{PxcHeader, samples_in};
use crate::memory::{allocated, give};
use crate::option_types::{PxcOptions, choices};
use crate::status::{Failure, PxcStatus};

/// Decompresses a file into memory of the caller: PxcHeader.samples_bytes bytes, as pxc_read_header gives them, in the
/// colour type and bit depth that it names. Compares the pixels with the file's digest before it writes any. `options`
/// may be NULL.
///
/// # Safety
/// `engine` comes from pxc_engine_new; `file` points to `file_bytes` bytes; `options` is NULL or points to options;
/// `samples` points to `samples_bytes` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_decompress(
    engine: *const PxcEngine,
    file: *const u8,
    file_bytes: usize,
    options: *const PxcOptions,
    samples: *mut c_void,
    samples_bytes: usize,
) -> PxcStatus {
    // SAFETY: the caller's promise.
    guarded(|| unsafe {
        let decoding = Decoding::new(engine, file, file_bytes, options)?;
        decoding.write(None, samples, samples_bytes)
    })
}

/// Decompresses a part of an image into memory of the caller: `width` * `height` pixels whose first is in column `x`
/// and row `y`, in the format of pxc_decompress. Decodes only what the part needs, and compares its checksums; it
/// cannot compare the digest of the whole image. `options` may be NULL.
///
/// # Safety
/// The same as with pxc_decompress.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_decompress_region(
    engine: *const PxcEngine,
    file: *const u8,
    file_bytes: usize,
    options: *const PxcOptions,
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    samples: *mut c_void,
    samples_bytes: usize,
) -> PxcStatus {
    let [x, y, width, height] = [x, y, width, height].map(|value| value as usize);
    let region = Rect {
        x,
        y,
        width,
        height,
    };
    // SAFETY: the caller's promise.
    guarded(|| unsafe {
        let decoding = Decoding::new(engine, file, file_bytes, options)?;
        decoding.write(Some(region), samples, samples_bytes)
    })
}

/// Makes a thumbnail in the format of pxc_decompress, an approximation of which no side is longer than `longest`. If
/// that is at most 256, it comes from the preview of the file, if there is one (PxcHeader.has_preview): it may be
/// smaller than `longest`, and the file may end after the preview. Otherwise it takes as long as pxc_decompress, or as
/// decoding the coarse image of a model of two scales. `*samples` points to `*width` * `*height` pixels and is freed
/// with pxc_free. `options` may be NULL.
///
/// # Safety
/// `engine` comes from pxc_engine_new; `file` points to `file_bytes` bytes; `options` is NULL or points to options;
/// `samples`, `width` and `height` point to memory for their results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_decompress_thumbnail(
    engine: *const PxcEngine,
    file: *const u8,
    file_bytes: usize,
    longest: u32,
    options: *const PxcOptions,
    samples: *mut *mut u8,
    width: *mut u32,
    height: *mut u32,
) -> PxcStatus {
    guarded(|| {
        let samples = not_null("samples", samples)?;
        let (width, height) = (not_null("width", width)?, not_null("height", height)?);
        // SAFETY: the caller's promises.
        let decoding = unsafe { Decoding::new(engine, file, file_bytes, options)? };
        let header = &decoding.header;
        let (columns, rows) = (header.width.min(longest), header.height.min(longest));
        let most = samples_in(header, columns.into(), rows.into());
        let decode = |engine: &Engine, options: &DecompressOptions<'_>| {
            engine.decompress_thumbnail(decoding.file, longest, options)
        };
        // SAFETY: the caller's promise.
        let image = unsafe { decoding.run(most, decode)? }.image;
        let size = (image.width(), image.height());
        let copy = allocated(&image.into_native())?;
        // SAFETY: not null, and the caller's promise.
        unsafe {
            samples.write(copy);
            width.write(size.0);
            height.write(size.1);
        }
        Ok(())
    })
}

/// Returns the file that a .pxc file was made from (PxcHeader.has_original), byte for byte: a JPEG, PNG, BMP, PNM, PAM,
/// QOI or TIFF file. Refuses files that keep only pixels and metadata (PXC_STATUS_ARGUMENT), and PNG files of unusual
/// encoders (PXC_STATUS_UNSUPPORTED), which only the command pxc rebuilds. `*original` points to `*original_bytes`
/// bytes and is freed with pxc_free. `options` may be NULL.
///
/// # Safety
/// `engine` comes from pxc_engine_new; `file` points to `file_bytes` bytes; `options` is NULL or points to options;
/// `original` and `original_bytes` point to memory for their results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_original_file(
    engine: *const PxcEngine,
    file: *const u8,
    file_bytes: usize,
    options: *const PxcOptions,
    original: *mut *mut u8,
    original_bytes: *mut usize,
) -> PxcStatus {
    guarded(|| {
        let original = not_null("original", original)?;
        let original_bytes = not_null("original_bytes", original_bytes)?;
        // SAFETY: the caller's promises.
        let decoding = unsafe { Decoding::new(engine, file, file_bytes, options)? };
        let restore = |engine: &Engine, options: &DecompressOptions<'_>| {
            engine.original_file(decoding.file, options)
        };
        // SAFETY: the caller's promise.
        let restored = unsafe { decoding.run(0, restore)? };
        let restored = restored.ok_or_else(|| {
            Failure::argument("file: it keeps only pixels and metadata of what it was made from")
        })?;
        // SAFETY: not null, and the caller's promise.
        unsafe { give(&restored, original, original_bytes) }
    })
}

/// What the functions that decompress have in common.
struct Decoding<'a> {
    engine: &'a PxcEngine,
    file: &'a [u8],
    header: Header,
    options: PxcOptions,
}

impl<'a> Decoding<'a> {
    /// Checks the arguments and reads the header.
    ///
    /// # Safety
    /// `engine` comes from pxc_engine_new; `file` points to `file_bytes` bytes; `options` is null or points to
    /// options.
    unsafe fn new(
        engine: *const PxcEngine,
        file: *const u8,
        file_bytes: usize,
        options: *const PxcOptions,
    ) -> Result<Self, Failure> {
        // SAFETY: the caller's promises.
        let (engine, file, options) = unsafe {
            let file = bytes("file", file, file_bytes)?;
            (pointee("engine", engine)?, file, choices(options))
        };
        let header = read_header(file, &options.limits()).map_err(Error::from)?;
        Ok(Decoding {
            engine,
            file,
            header,
            options,
        })
    }

    /// Calls the engine with the caller's options and a limit for the memory of the file's own samples; `expanded`
    /// more bytes are in memory beside them.
    ///
    /// # Safety
    /// The progress callback of the options may be called from any thread.
    unsafe fn run<T>(
        &self,
        expanded: usize,
        decode: impl FnOnce(&Engine, &DecompressOptions<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let limits = self.options.limits().reserve(expanded as u64);
        // SAFETY: the caller's promise.
        let progress = unsafe { self.options.progress() };
        let options = DecompressOptions::default()
            .with_limits(limits.map_err(Error::from)?)
            .with_threads(self.options.threads as usize)
            .with_progress(&progress);
        Ok(decode(&self.engine.engine, &options)?)
    }

    /// Decompresses the image or a part of it into memory of the caller.
    ///
    /// # Safety
    /// Like [`run`](Self::run); `samples` points to `samples_bytes` bytes.
    unsafe fn write(
        &self,
        region: Option<Rect>,
        samples: *mut c_void,
        samples_bytes: usize,
    ) -> Result<(), Failure> {
        let expected = match region {
            Some(region) => samples_in(&self.header, region.width as u64, region.height as u64),
            None => PxcHeader::new(&self.header).samples_bytes,
        };
        if samples_bytes != expected {
            let message = format!("samples_bytes: expected {expected}, found {samples_bytes}");
            return Err(Failure::argument(message));
        }
        // SAFETY: the caller's promise.
        let target = unsafe { bytes_mut("samples", samples.cast(), samples_bytes)? };
        let decode = |engine: &Engine, options: &DecompressOptions<'_>| match region {
            Some(region) => engine.decompress_region(self.file, region, options),
            None => engine.decompress(self.file, options),
        };
        // SAFETY: the caller's promise.
        let decoded = unsafe { self.run(expected, decode)? };
        target.copy_from_slice(&decoded.image.expanded().into_native());
        Ok(())
    }
}
