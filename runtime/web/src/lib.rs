//! The native half of pxc for JavaScript: pixels and files in, `.pxc` bytes out, and back, on the thread that calls.
//!
//! `npm/` is the half that people call; there `index.d.ts` says what the options mean.

mod failure;
mod listener;
mod options;
mod pixels;
mod description;

use std::sync::OnceLock;

use js_sys::Function;
use pxc_picture::{InputFormat, OutputFormat, ReadOptions, read_picture, write_picture};
use pxc_runtime::{Backend, DecompressOptions, Engine, Limits, Rect, Registry, read_header};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::failure::{Failure, Result};
use crate::listener::heard;
use crate::options::{compress_options, limits};
use crate::pixels::{Pixels, image_of};

/// The engine of all calls.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(Registry::with_directory(None), Backend::Tract))
}

/// The version of pxc.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Makes panics exceptions with their message. What panicked must not be used again.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        wasm_bindgen::throw_str(&panic.to_string());
    }));
}

/// Adds a model from the bytes of its file, and returns its id.
#[wasm_bindgen]
pub fn add_model(bytes: &[u8]) -> Result<String> {
    let model = engine().registry().add_bytes(bytes)?;
    Ok(model.id().to_string())
}

/// Compresses red, green, blue and alpha of 8 bits.
#[wasm_bindgen]
pub fn compress(
    width: u32,
    height: u32,
    rgba: &[u8],
    effort: Option<String>,
    max_pixels: Option<f64>,
    listener: Option<Function>,
) -> Result<Vec<u8>> {
    let image = image_of(width, height, rgba, u8::MAX, |sample| [sample])?;
    let options = compress_options(effort.as_deref(), max_pixels)?;
    heard(listener, |progress| {
        let options = options.with_progress(progress);
        Ok(engine().compress(&image, &options)?.0)
    })
}

/// Compresses red, green, blue and alpha of 16 bits.
#[wasm_bindgen]
pub fn compress_16(
    width: u32,
    height: u32,
    rgba: &[u16],
    effort: Option<String>,
    max_pixels: Option<f64>,
    listener: Option<Function>,
) -> Result<Vec<u8>> {
    let image = image_of(width, height, rgba, u16::MAX, u16::to_be_bytes)?;
    let options = compress_options(effort.as_deref(), max_pixels)?;
    heard(listener, |progress| {
        let options = options.with_progress(progress);
        Ok(engine().compress(&image, &options)?.0)
    })
}

/// A `.pxc` file that was made from an image file.
#[wasm_bindgen]
pub struct CompressedFile {
    bytes: Vec<u8>,
    dropped: Vec<String>,
}

#[wasm_bindgen]
impl CompressedFile {
    /// The bytes, for one call.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Names of metadata that it lacks.
    #[wasm_bindgen(getter)]
    pub fn dropped(&self) -> Vec<String> {
        self.dropped.clone()
    }
}

/// Compresses an image file: its pixels and metadata, or the whole file if it is a JPEG file.
#[wasm_bindgen]
pub fn compress_file(
    bytes: &[u8],
    effort: Option<String>,
    max_pixels: Option<f64>,
    listener: Option<Function>,
) -> Result<CompressedFile> {
    let options = compress_options(effort.as_deref(), max_pixels)?;
    let limits = options.limits;
    heard(listener, |progress| {
        let options = options.with_progress(progress);
        if InputFormat::detect(bytes) == Some(InputFormat::Jpeg) {
            let bytes = engine().compress_jpeg(bytes, &options)?;
            let dropped = Vec::new();
            return Ok(CompressedFile { bytes, dropped });
        }
        let picture = read_picture(bytes, &ReadOptions::new(limits))?;
        if picture.drops_images {
            return Err(Failure::several_images(&picture.dropped));
        }
        let options = options.with_metadata(&picture.metadata);
        let (bytes, _) = engine().compress(&picture.image, &options)?;
        let dropped = picture.dropped;
        Ok(CompressedFile { bytes, dropped })
    })
}

/// Decompresses an image, or the part of it at column `x` and row `y` if all four numbers are there.
#[wasm_bindgen]
pub fn decompress(
    bytes: &[u8],
    region: Option<Vec<u32>>,
    max_pixels: Option<f64>,
    listener: Option<Function>,
) -> Result<Pixels> {
    let options = DecompressOptions::default().with_limits(limits(max_pixels));
    heard(listener, |progress| {
        let options = options.with_progress(progress);
        let decoded = match region.as_deref() {
            None => engine().decompress(bytes, &options)?,
            Some(region) => engine().decompress_region(bytes, rectangle(region)?, &options)?,
        };
        Ok(Pixels::new(decoded.image.expanded()))
    })
}

fn rectangle(region: &[u32]) -> Result<Rect> {
    let &[x, y, width, height] = region else {
        return Err(Failure::argument("a region has x, y, width and height"));
    };
    let [x, y, width, height] = [x, y, width, height].map(|number| number as usize);
    Ok(Rect {
        x,
        y,
        width,
        height,
    })
}

/// Makes an image file: the JPEG file that a `.pxc` file holds, else a PNG file.
#[wasm_bindgen]
pub fn to_image_file(
    bytes: &[u8],
    max_pixels: Option<f64>,
    listener: Option<Function>,
) -> Result<Vec<u8>> {
    let options = DecompressOptions::default().with_limits(limits(max_pixels));
    heard(listener, |progress| {
        let options = options.with_progress(progress);
        if let Some(jpeg) = engine().original_jpeg(bytes, &options)? {
            return Ok(jpeg);
        }
        let decoded = engine().decompress(bytes, &options)?;
        let picture = write_picture(decoded.image, &decoded.header.metadata, OutputFormat::Png)?;
        Ok(picture.bytes)
    })
}

/// What the header of a file says, as JSON.
#[wasm_bindgen]
pub fn info(bytes: &[u8]) -> Result<String> {
    let header = read_header(bytes, &Limits::default())?;
    Ok(description::of(&header).to_string())
}
