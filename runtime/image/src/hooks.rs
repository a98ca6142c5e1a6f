//! Tells the image crate about `.pxc`: by the extension of a file, and by its signature.

use std::ffi::OsString;
use std::sync::Arc;

use image::ImageDecoder;
use image::hooks::{register_decoding_hook, register_format_detection_hook};
use pxc_runtime::{Engine, SIGNATURE};

use crate::decoder::PxcDecoder;
use crate::engine::shared_engine;

const EXTENSION: &str = "pxc";

/// Lets `image::open`, `image::load_from_memory` and `ImageReader` read `.pxc` files, with the embedded models and
/// those of the models directory. `false` means that the extension was registered before; nothing changes then.
pub fn register() -> bool {
    register_with(shared_engine())
}

/// Like [`register`], with the models and the backend of an engine.
pub fn register_with(engine: Arc<Engine>) -> bool {
    let extension = OsString::from(EXTENSION);
    let is_new = register_decoding_hook(
        extension.clone(),
        Box::new(move |reader| {
            let decoder = PxcDecoder::with_engine(reader, engine.clone())?;
            Ok(Box::new(decoder) as Box<dyn ImageDecoder>)
        }),
    );
    if is_new {
        register_format_detection_hook(extension, &SIGNATURE, None);
    }
    is_new
}
