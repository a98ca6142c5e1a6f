//! The functions of `pxc.h`.

use std::ffi::{c_char, c_void};
use std::path::PathBuf;

use pxc_runtime::{
    Backend, CompressOptions, DecompressOptions, Engine, Rect, Registry, default_models_directory,
    read_header,
};

use crate::boundary::{bytes, bytes_mut, guarded, not_null, pointee};
use crate::image_types::{PxcHeader, PxcImage, samples_in};
use crate::option_types::PxcOptions;
use crate::status::{Failure, PxcStatus, remembered};

/// Models and plans, kept for many images. One engine may be used from any number of threads at once.
pub struct PxcEngine {
    engine: Engine,
}

/// The version of the library, such as "0.1.0". The string is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn pxc_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Why the last call of this thread failed, in words; empty when it succeeded. The string belongs to the library and stays
/// until the thread's next call of any function but this one and pxc_version.
#[unsafe(no_mangle)]
pub extern "C" fn pxc_error_message() -> *const c_char {
    remembered()
}

/// Makes an engine with the embedded models. With `search_directory`, models are also looked for in the models directory
/// (PXC_MODELS, else pxc/models in the user's data directory). Free it with pxc_engine_free.
///
/// # Safety
/// `engine` is NULL or points to memory for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_engine_new(
    search_directory: bool,
    engine: *mut *mut PxcEngine,
) -> PxcStatus {
    guarded(|| {
        let place = not_null("engine", engine)?;
        let directory: Option<PathBuf> = search_directory.then(default_models_directory).flatten();
        let engine = Engine::new(Registry::with_directory(directory), Backend::Auto);
        // SAFETY: not null, and the caller's promise.
        unsafe { place.write(Box::into_raw(Box::new(PxcEngine { engine }))) };
        Ok(())
    })
}

/// Frees an engine that no other call is using. NULL is legal.
///
/// # Safety
/// `engine` is NULL or comes from pxc_engine_new and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_engine_free(engine: *mut PxcEngine) {
    guarded(|| {
        if !engine.is_null() {
            // SAFETY: the caller's promise: it was made by `Box::into_raw` and is not used any more.
            drop(unsafe { Box::from_raw(engine) });
        }
        Ok(())
    });
}

/// Adds a model from the bytes of its ONNX file, for files that name it and for PxcOptions.model. The model is checked and
/// proven to be exact. `id` may be NULL; else it receives the model's id, 16 hexadecimal digits and a zero byte.
///
/// # Safety
/// `engine` comes from pxc_engine_new; `model` points to `model_bytes` bytes; `id` is NULL or points to 17 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_engine_add_model(
    engine: *const PxcEngine,
    model: *const u8,
    model_bytes: usize,
    id: *mut c_char,
) -> PxcStatus {
    guarded(|| {
        // SAFETY: the caller's promise.
        let engine = unsafe { pointee("engine", engine)? };
        // SAFETY: the caller's promise.
        let model = unsafe { bytes("model", model, model_bytes)? };
        let added = engine.engine.registry().add_bytes(model)?;
        if !id.is_null() {
            let text = format!("{}\0", added.id());
            // SAFETY: the caller's promise; the text has 17 bytes.
            unsafe {
                id.cast::<u8>()
                    .copy_from_nonoverlapping(text.as_ptr(), text.len())
            };
        }
        Ok(())
    })
}

/// Reads what a file says about itself. The pixels are not looked at, and need not be there. `options` may be NULL.
///
/// # Safety
/// `file` points to `file_bytes` bytes; `options` is NULL or points to options; `header` points to memory for a header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_read_header(
    file: *const u8,
    file_bytes: usize,
    options: *const PxcOptions,
    header: *mut PxcHeader,
) -> PxcStatus {
    guarded(|| {
        let place = not_null("header", header)?;
        // SAFETY: the caller's promise.
        let (file, options) = unsafe { (bytes("file", file, file_bytes)?, choices(options)) };
        let header = read_header(file, &options.limits()).map_err(pxc_runtime::Error::from)?;
        // SAFETY: not null, and the caller's promise.
        unsafe { place.write(PxcHeader::new(&header)) };
        Ok(())
    })
}

/// Compresses an image. `*file` receives the bytes of a .pxc file, to be freed with pxc_free, and `*file_bytes` their number.
/// The bytes do not depend on the machine or on the number of threads. `options` may be NULL.
///
/// # Safety
/// `engine` comes from pxc_engine_new; `image` points to an image whose samples are there; `options` is NULL or points to
/// options; `file` and `file_bytes` point to memory for their results.
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
            .with_threads(options.threads as usize)
            .with_progress(&progress);
        let (compressed, _) = engine.engine.compress(&image, &options)?;
        let copy = allocated(&compressed)?;
        // SAFETY: not null, and the caller's promise.
        unsafe {
            file.write(copy);
            file_bytes.write(compressed.len());
        }
        Ok(())
    })
}

/// Decompresses a file into memory of the caller: PxcHeader.samples_bytes bytes, as pxc_read_header gives them, in the colour
/// type and bit depth that it names. The pixels are checked against the file's digest before any is written. `options` may
/// be NULL.
///
/// # Safety
/// `engine` comes from pxc_engine_new; `file` points to `file_bytes` bytes; `options` is NULL or points to options; `samples`
/// points to `samples_bytes` bytes.
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
        let target = (samples, samples_bytes);
        decompress(engine, file, file_bytes, options, None, target)
    })
}

/// Decompresses a part of an image into memory of the caller: `width` * `height` pixels whose first is in column `x` and row
/// `y`, in the format of pxc_decompress. Only what the part needs is decoded; its checksums are compared, and the digest of
/// the whole image cannot be. `options` may be NULL.
///
/// # Safety
/// As pxc_decompress.
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
        let target = (samples, samples_bytes);
        decompress(engine, file, file_bytes, options, Some(region), target)
    })
}

/// Decompresses an image or a part of it.
///
/// # Safety
/// As [`pxc_decompress`].
unsafe fn decompress(
    engine: *const PxcEngine,
    file: *const u8,
    file_bytes: usize,
    options: *const PxcOptions,
    region: Option<Rect>,
    (samples, samples_bytes): (*mut c_void, usize),
) -> Result<(), Failure> {
    // SAFETY: the caller's promises.
    let (engine, file, options) = unsafe {
        let file = bytes("file", file, file_bytes)?;
        (pointee("engine", engine)?, file, choices(options))
    };
    let limits = options.limits();
    let header = read_header(file, &limits).map_err(pxc_runtime::Error::from)?;
    let expected = match region {
        Some(region) => samples_in(&header, region.width as u64, region.height as u64),
        None => PxcHeader::new(&header).samples_bytes,
    };
    if samples_bytes != expected {
        let message = format!("samples_bytes: expected {expected}, found {samples_bytes}");
        return Err(Failure::argument(message));
    }
    // SAFETY: the caller's promise.
    let place = unsafe { bytes_mut("samples", samples.cast(), samples_bytes)? };
    // The expanded samples are in memory beside those of the file.
    let limits = limits
        .reserve(expected as u64)
        .map_err(pxc_runtime::Error::from)?;
    // SAFETY: the caller's promise.
    let progress = unsafe { options.progress() };
    let options = DecompressOptions::default()
        .with_limits(limits)
        .with_threads(options.threads as usize)
        .with_progress(&progress);
    let decoded = match region {
        Some(region) => engine.engine.decompress_region(file, region, &options)?,
        None => engine.engine.decompress(file, &options)?,
    };
    place.copy_from_slice(&decoded.image.expanded().into_native());
    Ok(())
}

/// Decompresses the coarse image of a file that was compressed with a model of two scales: the first pixel of each block, in the
/// format of pxc_decompress, and no more than that. Other files are refused (PXC_STATUS_ARGUMENT). `*samples` points to
/// `*width` * `*height` pixels and is freed with pxc_free. `options` may be NULL.
///
/// # Safety
/// `engine` comes from pxc_engine_new; `file` points to `file_bytes` bytes; `options` is NULL or points to options; `samples`,
/// `width` and `height` point to places.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_decompress_thumbnail(
    engine: *const PxcEngine,
    file: *const u8,
    file_bytes: usize,
    options: *const PxcOptions,
    samples: *mut *mut u8,
    width: *mut u32,
    height: *mut u32,
) -> PxcStatus {
    guarded(|| {
        let samples = not_null("samples", samples)?;
        let (width, height) = (not_null("width", width)?, not_null("height", height)?);
        // SAFETY: the caller's promises.
        let (engine, file, options) = unsafe {
            let file = bytes("file", file, file_bytes)?;
            (pointee("engine", engine)?, file, choices(options))
        };
        let limits = options.limits();
        let header = read_header(file, &limits).map_err(pxc_runtime::Error::from)?;
        // The expanded samples are in memory beside those of the file; tiles of one pixel have no smaller thumbnail.
        let most = PxcHeader::new(&header).samples_bytes as u64;
        let limits = limits.reserve(most).map_err(pxc_runtime::Error::from)?;
        // SAFETY: the caller's promise.
        let progress = unsafe { options.progress() };
        let options = DecompressOptions::default()
            .with_limits(limits)
            .with_threads(options.threads as usize)
            .with_progress(&progress);
        let image = engine.engine.decompress_thumbnail(file, &options)?.image;
        let image = image.expanded();
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

/// Frees what pxc_compress or pxc_decompress_thumbnail gave. NULL is legal.
///
/// # Safety
/// `file` is NULL or comes from one of them and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_free(file: *mut u8) {
    // SAFETY: the caller's promise: it was made by `allocated`.
    unsafe { libc::free(file.cast()) };
}

/// The options, or the defaults for a null pointer.
///
/// # Safety
/// `options` is null or points to options.
unsafe fn choices(options: *const PxcOptions) -> PxcOptions {
    // SAFETY: the caller's promise.
    unsafe { options.as_ref() }.copied().unwrap_or_default()
}

/// A copy in memory that [`pxc_free`] frees.
fn allocated(bytes: &[u8]) -> Result<*mut u8, Failure> {
    // SAFETY: any size is legal; 1 keeps the result of an empty copy apart from a failure.
    let place = unsafe { libc::malloc(bytes.len().max(1)) }.cast::<u8>();
    if place.is_null() {
        return Err(Failure {
            status: PxcStatus::Io,
            message: format!("no memory for {} bytes", bytes.len()),
        });
    }
    // SAFETY: the memory is new and has that many bytes.
    unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    Ok(place)
}
