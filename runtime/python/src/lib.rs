//! The native half of the Python module: buffers and numbers ↔ the runtime, without the interpreter's lock during the
//! work.
//!
//! `python/pxc/__init__.py` is the half that people call; `_pxc.pyi` has the types of these functions.

mod error;
mod call;
mod conversion;

use std::path::PathBuf;
use std::sync::OnceLock;

use pxc_runtime::{
    CompressOptions, DecompressOptions, Effort, Engine, ExactChoice, Limits, MetadataChunk,
    ProgressCallback, Rect, read_header,
};
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict};

use call::call;
use conversion::{Parts, describe, samples};
use error::refused;

/// The engine of all calls.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(Engine::default)
}

/// The effort of this name.
fn effort_of(py: Python<'_>, name: &str) -> PyResult<Effort> {
    match name {
        "fast" => Ok(Effort::Fast),
        "default" => Ok(Effort::Default),
        "max" => Ok(Effort::Max),
        _ => {
            let message = format!("effort: expected fast, default or max, found {name:?}");
            Err(refused(py, message))
        }
    }
}

#[pymodule]
mod _pxc {
    use super::*;

    #[pymodule_export]
    use super::error::PxcError;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }

    /// The bytes of a .pxc file.
    #[pyfunction]
    fn compress<'py>(
        py: Python<'py>,
        samples: PyBuffer<u8>,
        parts: Parts,
        chunks: Vec<([u8; 4], Vec<u8>)>,
        choices: Choices,
        settings: Settings<'py>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let Choices(model, effort, preview) = choices;
        let effort = effort_of(py, &effort)?;
        let samples = samples.to_vec(py)?;
        let metadata: Vec<MetadataChunk> = chunks
            .into_iter()
            .map(|(tag, data)| MetadataChunk { tag, data })
            .collect();
        let Settings(bounds, threads, progress) = settings;
        let (file, _) = call(py, progress.as_ref(), |progress| {
            let image = parts.image(samples)?;
            let options = CompressOptions::default()
                .with_model(model.as_deref())
                .with_metadata(&metadata)
                .with_effort(effort)
                .with_no_preview(!preview)
                .with_limits(bounds.into())
                .with_threads(threads)
                .with_progress(progress);
            engine().compress(&image, &options)
        })?;
        Ok(PyBytes::new(py, &file))
    }

    /// The bytes of a .pxc file of an image file; `exact` is true to keep the file, false to keep its image, and none
    /// for either.
    #[pyfunction]
    fn compress_file<'py>(
        py: Python<'py>,
        file: PyBuffer<u8>,
        exact: Option<bool>,
        choices: Choices,
        settings: Settings<'py>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let Choices(model, effort, preview) = choices;
        let effort = effort_of(py, &effort)?;
        let exact = match exact {
            Some(true) => ExactChoice::Require,
            Some(false) => ExactChoice::Never,
            None => ExactChoice::Prefer,
        };
        let file = file.to_vec(py)?;
        let Settings(bounds, threads, progress) = settings;
        let file = call(py, progress.as_ref(), |progress| {
            let options = CompressOptions::default()
                .with_model(model.as_deref())
                .with_effort(effort)
                .with_no_preview(!preview)
                .with_limits(bounds.into())
                .with_threads(threads)
                .with_progress(progress);
            engine().compress_file(&file, exact, &options)
        })?;
        Ok(PyBytes::new(py, &file))
    }

    /// Samples and what they are; with `plain`, palettes and samples of fewer than 8 bits are expanded.
    #[pyfunction]
    fn decompress<'py>(
        py: Python<'py>,
        file: PyBuffer<u8>,
        plain: bool,
        region: Option<[u32; 4]>,
        settings: Settings<'py>,
    ) -> PyResult<(Bound<'py, PyByteArray>, Bound<'py, PyDict>)> {
        let extent = match region {
            None => Extent::Whole,
            Some(region) => {
                let [x, y, width, height] = region.map(|value| value as usize);
                Extent::Region(Rect {
                    x,
                    y,
                    width,
                    height,
                })
            }
        };
        decode(py, &file.to_vec(py)?, extent, plain, settings)
    }

    /// Samples of a thumbnail and what they are, expanded.
    #[pyfunction]
    fn thumbnail<'py>(
        py: Python<'py>,
        file: PyBuffer<u8>,
        longest: u32,
        settings: Settings<'py>,
    ) -> PyResult<(Bound<'py, PyByteArray>, Bound<'py, PyDict>)> {
        let extent = Extent::Thumbnail(longest);
        decode(py, &file.to_vec(py)?, extent, true, settings)
    }

    /// The bytes of a .pxc file that holds a JPEG file.
    #[pyfunction]
    fn compress_jpeg<'py>(
        py: Python<'py>,
        jpeg: PyBuffer<u8>,
        settings: Settings<'py>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let jpeg = jpeg.to_vec(py)?;
        let Settings(bounds, _, progress) = settings;
        let file = call(py, progress.as_ref(), |progress| {
            let options = CompressOptions::default()
                .with_limits(bounds.into())
                .with_progress(progress);
            engine().compress_jpeg(&jpeg, &options)
        })?;
        Ok(PyBytes::new(py, &file))
    }

    /// The file that a file was made from.
    #[pyfunction]
    fn original_file<'py>(
        py: Python<'py>,
        file: PyBuffer<u8>,
        settings: Settings<'py>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let file = file.to_vec(py)?;
        let Settings(bounds, threads, progress) = settings;
        let restored = call(py, progress.as_ref(), |progress| {
            let options = decompress_options(bounds.into(), threads, progress);
            engine().original_file(&file, &options)
        })?;
        Ok(restored.map(|file| PyBytes::new(py, &file)))
    }

    /// What a file says about itself.
    #[pyfunction]
    fn info<'py>(
        py: Python<'py>,
        file: PyBuffer<u8>,
        bounds: Bounds,
    ) -> PyResult<Bound<'py, PyDict>> {
        let file = file.to_vec(py)?;
        let header = call(py, None, |_| Ok(read_header(&file, &bounds.into())?))?;
        describe(py, &header, header.expanded_format())
    }

    /// Adds a model file, or the bytes of one; returns its id.
    #[pyfunction]
    #[pyo3(signature = (path=None, content=None))]
    fn add_model(
        py: Python<'_>,
        path: Option<PathBuf>,
        content: Option<PyBuffer<u8>>,
    ) -> PyResult<String> {
        let content = content.map(|content| content.to_vec(py)).transpose()?;
        let model = call(py, None, |_| match (&path, &content) {
            (Some(path), _) => engine().registry().add_file(path),
            (None, content) => {
                let bytes = content.as_deref().unwrap_or_default();
                engine().registry().add_bytes(bytes)
            }
        })?;
        Ok(model.id().to_string())
    }
}

/// Which part of a file is decoded.
#[derive(Clone, Copy)]
enum Extent {
    Whole,
    Region(Rect),
    /// Of which no side is longer than this.
    Thumbnail(u32),
}

/// Samples of an image or a part of it, and what they are; expanded, if `plain`.
fn decode<'py>(
    py: Python<'py>,
    file: &[u8],
    extent: Extent,
    plain: bool,
    settings: Settings<'py>,
) -> PyResult<(Bound<'py, PyByteArray>, Bound<'py, PyDict>)> {
    let Settings(bounds, threads, progress) = settings;
    let (image, header) = call(py, progress.as_ref(), |progress| {
        let mut limits = bounds.into();
        if plain {
            // The expanded samples are in memory beside those of the file.
            let header = read_header(file, &limits)?;
            let (width, height) = match extent {
                Extent::Region(region) => (region.width as u64, region.height as u64),
                Extent::Whole => (header.width.into(), header.height.into()),
                Extent::Thumbnail(longest) => {
                    let side = |side: u32| u64::from(side.min(longest));
                    (side(header.width), side(header.height))
                }
            };
            let pixel_bytes = header.expanded_format().pixel_bytes() as u64;
            limits = limits.reserve((width * height).saturating_mul(pixel_bytes))?;
        }
        let options = decompress_options(limits, threads, progress);
        let decoded = match extent {
            Extent::Whole => engine().decompress(file, &options)?,
            Extent::Region(region) => engine().decompress_region(file, region, &options)?,
            Extent::Thumbnail(longest) => engine().decompress_thumbnail(file, longest, &options)?,
        };
        let image = match plain {
            true => decoded.image.expanded(),
            false => decoded.image,
        };
        Ok((image, decoded.header))
    })?;
    samples(py, &image, &header)
}

fn decompress_options(
    limits: Limits,
    threads: usize,
    progress: ProgressCallback<'_>,
) -> DecompressOptions<'_> {
    DecompressOptions::default()
        .with_limits(limits)
        .with_threads(threads)
        .with_progress(progress)
}

/// The model, the effort, and whether large images get a preview.
#[derive(FromPyObject)]
struct Choices(Option<String>, String, bool);

/// Limits, threads, and the progress callback.
#[derive(FromPyObject)]
struct Settings<'py>(Bounds, usize, Option<Bound<'py, PyAny>>);

/// Pixels, bytes of memory, bytes of metadata, and multiplications of the model; the default for what is absent.
#[derive(Clone, Copy, FromPyObject)]
struct Bounds(Option<u64>, Option<u64>, Option<u64>, Option<u64>);

impl From<Bounds> for Limits {
    fn from(Bounds(pixels, memory, metadata, work): Bounds) -> Limits {
        let defaults = Limits::default();
        defaults
            .with_max_pixels(pixels.unwrap_or(defaults.max_pixels))
            .with_max_memory(memory.unwrap_or(defaults.max_memory))
            .with_max_metadata(metadata.unwrap_or(defaults.max_metadata))
            .with_max_work(work.unwrap_or(defaults.max_work))
    }
}
