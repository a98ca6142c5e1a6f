//! The functions of `pxc.h` that make an engine, add models and give messages.

use std::ffi::c_char;
use std::path::PathBuf;

use pxc_runtime::{Backend, Engine, Registry, default_models_directory};

use crate::boundary::{bytes, guarded, not_null, pointee};
use crate::status::{PxcStatus, remembered};

/// Models and plans, kept for many images. Any number of threads may use an engine at once.
pub struct PxcEngine {
    pub(crate) engine: Engine,
}

/// The version of the library, such as "0.2.0". The string is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn pxc_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Why the last call of this thread failed; empty when it succeeded. The string belongs to the library and stays
/// until the thread's next call of any function but this one and pxc_version.
#[unsafe(no_mangle)]
pub extern "C" fn pxc_error_message() -> *const c_char {
    remembered()
}

/// Makes an engine with the embedded models. With `search_directory`, it also looks for models in the models directory
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
        let target = not_null("engine", engine)?;
        let directory: Option<PathBuf> = search_directory.then(default_models_directory).flatten();
        let engine = Engine::new(Registry::with_directory(directory), Backend::Auto);
        // SAFETY: not null, and the caller's promise.
        unsafe { target.write(Box::into_raw(Box::new(PxcEngine { engine }))) };
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

/// Adds a model from the bytes of its ONNX file, for files that name it and for PxcOptions.model. Checks the model and
/// proves that it is exact. `id` may be NULL; else it receives the model's id, 16 hexadecimal digits and a zero byte.
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
