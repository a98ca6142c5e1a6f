//! The native half of the Python module: buffers and numbers ↔ the runtime, without the interpreter's lock during the
//! work.
//!
//! `python/pxc/__init__.py` is the half that people call; `_pxc.pyi` has the types of these functions.

mod error;
mod conversion;

use std::path::PathBuf;
use std::sync::OnceLock;

use pxc_runtime::{
    CompressOptions, DecompressOptions, Engine, Limits, MetadataChunk, Rect, read_header,
};
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict};

use conversion::{Parts, describe, samples};
use error::failure;

/// The engine of all calls.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(Engine::default)
}

/// Does work without the interpreter's lock.
fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> pxc_runtime::Result<T> + Send,
) -> PyResult<T> {
    py.detach(work).map_err(|error| failure(py, &error))
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
        model: Option<String>,
        limits: Bounds,
        threads: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let samples = samples.to_vec(py)?;
        let metadata: Vec<MetadataChunk> = chunks
            .into_iter()
            .map(|(tag, data)| MetadataChunk { tag, data })
            .collect();
        let (file, _) = detached(py, || {
            let image = parts.image(samples)?;
            let options = CompressOptions::default()
                .with_model(model.as_deref())
                .with_metadata(&metadata)
                .with_limits(limits.into())
                .with_threads(threads);
            engine().compress(&image, &options)
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
        limits: Bounds,
        threads: usize,
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
        decode(py, &file.to_vec(py)?, extent, plain, limits.into(), threads)
    }

    /// Samples of the coarse image and what they are, expanded.
    #[pyfunction]
    fn thumbnail<'py>(
        py: Python<'py>,
        file: PyBuffer<u8>,
        limits: Bounds,
        threads: usize,
    ) -> PyResult<(Bound<'py, PyByteArray>, Bound<'py, PyDict>)> {
        let file = file.to_vec(py)?;
        decode(py, &file, Extent::Thumbnail, true, limits.into(), threads)
    }

    /// The bytes of a .pxc file that holds a JPEG file.
    #[pyfunction]
    fn compress_jpeg<'py>(
        py: Python<'py>,
        jpeg: PyBuffer<u8>,
        limits: Bounds,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let jpeg = jpeg.to_vec(py)?;
        let options = CompressOptions::default().with_limits(limits.into());
        let file = detached(py, || engine().compress_jpeg(&jpeg, &options))?;
        Ok(PyBytes::new(py, &file))
    }

    /// The file that a file was made from.
    #[pyfunction]
    fn original_file<'py>(
        py: Python<'py>,
        file: PyBuffer<u8>,
        limits: Bounds,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let file = file.to_vec(py)?;
        let options = DecompressOptions::default().with_limits(limits.into());
        let restored = detached(py, || engine().original_file(&file, &options))?;
        Ok(restored.map(|file| PyBytes::new(py, &file)))
    }

    /// What a file says about itself.
    #[pyfunction]
    fn info<'py>(
        py: Python<'py>,
        file: PyBuffer<u8>,
        limits: Bounds,
    ) -> PyResult<Bound<'py, PyDict>> {
        let file = file.to_vec(py)?;
        let header = detached(py, || Ok(read_header(&file, &limits.into())?))?;
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
        let model = detached(py, || match (&path, &content) {
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
    Thumbnail,
}

/// Samples of an image or a part of it, and what they are; expanded, if `plain`.
fn decode<'py>(
    py: Python<'py>,
    file: &[u8],
    extent: Extent,
    plain: bool,
    mut limits: Limits,
    threads: usize,
) -> PyResult<(Bound<'py, PyByteArray>, Bound<'py, PyDict>)> {
    let (image, header) = detached(py, || {
        if plain {
            // The expanded samples are in memory beside those of the file.
            let header = read_header(file, &limits)?;
            let (width, height) = match extent {
                Extent::Region(region) => (region.width as u64, region.height as u64),
                // Tiles of one pixel have no smaller thumbnail.
                Extent::Whole | Extent::Thumbnail => (header.width.into(), header.height.into()),
            };
            let pixel_bytes = header.expanded_format().pixel_bytes() as u64;
            limits = limits.reserve((width * height).saturating_mul(pixel_bytes))?;
        }
        let options = DecompressOptions::default()
            .with_limits(limits)
            .with_threads(threads);
        let decoded = match extent {
            Extent::Whole => engine().decompress(file, &options)?,
            Extent::Region(region) => engine().decompress_region(file, region, &options)?,
            Extent::Thumbnail => engine().decompress_thumbnail(file, &options)?,
        };
        let image = match plain {
            true => decoded.image.expanded(),
            false => decoded.image,
        };
        Ok((image, decoded.header))
    })?;
    samples(py, &image, &header)
}

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
